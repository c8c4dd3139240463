"""Streams of a live call: begin one, stop it (reference/rest-api 2.2, 3.1).

They are not listed, as on Twilio: `rest/offhook/streams.py` shows what they are like. Where the reference is
silent: a stream that may not begin (one track too many, a name that is taken) is a 400 with its own code.
"""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from offhook.media_streams.order import StreamCallback, StreamOrder
from offhook.media_streams.streams import StreamRefusedError
from offhook.model.recording import RecordingTrack
from offhook.model.stream import Stream
from offhook.rest.api.calls import CALLS_PATH, NOT_IN_PROGRESS, call_in_path
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, Values, http_method, http_url, text, word
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.switchboard.update_call import NotInProgressError

BAD_URL: Final = 21205
PARAMETERS_MAX: Final = 99


class Track(StrEnum):
    """Whose sound, in the words of the API."""

    INBOUND = "inbound_track"
    OUTBOUND = "outbound_track"
    BOTH = "both_tracks"

    @property
    def heard(self) -> RecordingTrack:
        """The same in the words of the media core."""
        return RecordingTrack(self.value.partition("_")[0])


class NewStatus(StrEnum):
    """What an update may ask a stream to become."""

    STOPPED = "stopped"


def socket_url(value: str) -> str:
    """An absolute URL of a WebSocket; whether `ws` may be used is known when it is opened."""
    parts = urlsplit(text(4000)(value))
    if parts.scheme not in ("ws", "wss") or not parts.hostname or " " in value or parts.port == 0:
        raise ValueError("it is not an absolute wss URL")
    return value


URL: Final = Parameter("Url", socket_url, BAD_URL, "")
NAME: Final[Parameter[str | None]] = Parameter("Name", text(256), INVALID_PARAMETER, None)
TRACK: Final = Parameter("Track", word(Track), INVALID_PARAMETER, Track.INBOUND)
STATUS_CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallback", http_url, 21609, None)
STATUS_CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
STATUS: Final = Parameter("Status", word(NewStatus), INVALID_PARAMETER, NewStatus.STOPPED)
PARAMETERS: Final[tuple[tuple[Parameter[str], Parameter[str]], ...]] = tuple(
    (
        Parameter(f"Parameter{number}.Name", text(500), INVALID_PARAMETER, ""),
        Parameter(f"Parameter{number}.Value", text(500), INVALID_PARAMETER, ""),
    )
    for number in range(1, PARAMETERS_MAX + 1)
)


async def begin_stream(request: ApiRequest) -> Answer:
    """POST: stream the call in the path from now on."""
    call = await call_in_path(request, "CallSid")
    values = request.values
    callback = values[STATUS_CALLBACK]
    order = StreamOrder(
        url=values[URL],
        auth_token=request.account.auth_token,
        name=values[NAME],
        track=values[TRACK].heard,
        callback=StreamCallback(callback, values[STATUS_CALLBACK_METHOD]) if callback else None,
        parameters=custom_parameters(values),
    )
    try:
        stream = request.services.stream_call(request.account_sid, call.sid, order)
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except StreamRefusedError as error:
        raise ApiError(error.code, error.message) from error
    return Answer(200, representation(stream))


async def update_stream(request: ApiRequest) -> Answer:
    """POST on a stream: stop it."""
    call = await call_in_path(request, "CallSid")
    stream = request.services.stop_stream(call.sid, request.segments["Sid"])
    if stream is None:
        raise request.not_found()
    return Answer(200, representation(stream))


def custom_parameters(values: Values) -> tuple[tuple[str, str], ...]:
    """The parameters that were sent, in the order of their numbers; a value without a name is none."""
    pairs = ((values[name], values[value]) for name, value in PARAMETERS)
    return tuple((name, value) for name, value in pairs if name)


def representation(stream: Stream) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Stream",
        {
            "sid": stream.sid,
            "account_sid": stream.account_sid,
            "call_sid": stream.call_sid,
            "name": stream.name,
            "status": stream.status.value,
            "date_updated": date(stream.updated_at),
            "uri": uri(stream.account_sid, "Calls", stream.call_sid, "Streams", stream.sid),
        },
    )


STREAMS_PATH: Final = f"{CALLS_PATH}/{{CallSid}}/Streams"
OPERATIONS: Final = (
    Operation(
        "POST",
        STREAMS_PATH,
        begin_stream,
        ParameterTable(
            URL,
            NAME,
            TRACK,
            STATUS_CALLBACK,
            STATUS_CALLBACK_METHOD,
            *(each for pair in PARAMETERS for each in pair),
            required=(URL,),
        ),
    ),
    Operation("POST", f"{STREAMS_PATH}/{{Sid}}", update_stream, ParameterTable(STATUS, required=(STATUS,))),
)
