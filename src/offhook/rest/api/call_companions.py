"""What Streams, Siprec and Transcriptions of a live call have in common (reference/rest-api 2.2, 3.1).

Each is begun by POST with its own parameters, stopped by POST with `Status=stopped`, and not listed, as on
Twilio. Where the reference is silent: one that may not begin (a track too many, a name that is taken) is a
400 with its own code.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.call.companions import CompanionRefusedError
from offhook.model.companion import CompanionRecord
from offhook.model.recording import RecordingTrack
from offhook.rest.api.calls import CALLS_PATH, NOT_IN_PROGRESS, live_call_in_path
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, Values, http_method, http_url, text, word
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.services import Services
from offhook.switchboard.update_call import NotInProgressError

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
    """What an update may ask one to become."""

    STOPPED = "stopped"


NAME: Final[Parameter[str | None]] = Parameter("Name", text(256), INVALID_PARAMETER, None)
STATUS_CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallback", http_url, 21609, None)
STATUS_CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
STATUS: Final = Parameter("Status", word(NewStatus), INVALID_PARAMETER, NewStatus.STOPPED)
PAIRS: Final[tuple[tuple[Parameter[str], Parameter[str]], ...]] = tuple(
    (
        Parameter(f"Parameter{number}.Name", text(500), INVALID_PARAMETER, ""),
        Parameter(f"Parameter{number}.Value", text(500), INVALID_PARAMETER, ""),
    )
    for number in range(1, PARAMETERS_MAX + 1)
)
CUSTOM_PARAMETERS: Final = tuple(each for pair in PAIRS for each in pair)


def custom_parameters(values: Values) -> tuple[tuple[str, str], ...]:
    """The parameters that were sent, in the order of their numbers; a value without a name is none."""
    pairs = ((values[name], values[value]) for name, value in PAIRS)
    return tuple((name, value) for name, value in pairs if name)


@contextmanager
def refusals() -> Iterator[None]:
    """Inside, one is begun. Raises: ApiError where it may not."""
    try:
        yield
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except CompanionRefusedError as error:
        raise ApiError(error.code, error.message) from error


@dataclass(frozen=True, slots=True)
class CompanionResource:
    """One of the three."""

    name: str
    """Of its element in XML."""
    folder: str
    """Below the call."""
    stop: Callable[[Services], Callable[[str, str], CompanionRecord | None]]
    """Ends one by its CallSid and its own Sid or name."""

    def operations(
        self, begin: Callable[[ApiRequest], Awaitable[Answer]], table: ParameterTable
    ) -> tuple[Operation, ...]:
        """To begin one with the parameters of the table, and to stop it."""
        path = f"{CALLS_PATH}/{{CallSid}}/{self.folder}"
        return (
            Operation("POST", path, begin, table),
            Operation("POST", f"{path}/{{Sid}}", self.update, ParameterTable(STATUS, required=(STATUS,))),
        )

    async def update(self, request: ApiRequest) -> Answer:
        """POST on one: stop it."""
        call = await live_call_in_path(request, "CallSid")
        stopped = self.stop(request.services)(call.sid, request.segments["Sid"])
        if stopped is None:
            raise request.not_found()
        return self.answer(stopped)

    def answer(self, record: CompanionRecord) -> Answer:
        """That it was begun, or stopped."""
        return Answer(200, self.shown(record))

    def shown(self, record: CompanionRecord) -> Representation:
        """The resource as the API shows it."""
        account, call = record.account_sid, record.call_sid
        return Representation(
            self.name,
            {
                "sid": record.sid,
                "account_sid": account,
                "call_sid": call,
                "name": record.name,
                "status": record.status.value,
                "date_updated": date(record.updated_at),
                "uri": uri(account, "Calls", call, self.folder, record.sid),
            },
        )
