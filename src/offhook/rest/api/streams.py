"""Streams of a live call: begin one, stop it (reference/rest-api 2.2, 3.1).

They are not listed, as on Twilio: `rest/offhook/streams.py` shows what they are like.
"""

from typing import Final
from urllib.parse import urlsplit

from offhook.media_streams.order import StreamCallback, StreamOrder
from offhook.rest.api.call_companions import (
    CUSTOM_PARAMETERS,
    NAME,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    CompanionResource,
    Track,
    custom_parameters,
    refusals,
)
from offhook.rest.api.calls import live_call_in_path
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.parameters import Parameter, ParameterTable, text, word
from offhook.rest.resource import Answer, ApiRequest

BAD_URL: Final = 21205


def socket_url(value: str) -> str:
    """An absolute URL of a WebSocket; whether `ws` may be used is known when it is opened."""
    parts = urlsplit(text(4000)(value))
    if parts.scheme not in ("ws", "wss") or not parts.hostname or " " in value or parts.port == 0:
        raise ValueError("it is not an absolute wss URL")
    return value


URL: Final = Parameter("Url", socket_url, BAD_URL, "")
TRACK: Final = Parameter("Track", word(Track), INVALID_PARAMETER, Track.INBOUND)

STREAMS: Final = CompanionResource("Stream", "Streams", lambda services: services.stop_stream)


async def begin_stream(request: ApiRequest) -> Answer:
    """POST: stream the call in the path from now on."""
    call = await live_call_in_path(request, "CallSid")
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
    with refusals():
        return STREAMS.answer(request.services.stream_call(request.account_sid, call.sid, order))


OPERATIONS: Final = STREAMS.operations(
    begin_stream,
    ParameterTable(
        URL, NAME, TRACK, STATUS_CALLBACK, STATUS_CALLBACK_METHOD, *CUSTOM_PARAMETERS, required=(URL,)
    ),
)
