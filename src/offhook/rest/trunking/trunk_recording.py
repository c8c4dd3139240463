"""Whether the calls of an elastic SIP trunk are recorded: one setting of it (reference/rest-api 2.12)."""

from dataclasses import replace
from typing import Final

from offhook.model.trunk import RecordingMode, RecordingTrim, Trunk
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.parameters import Parameter, ParameterTable, word
from offhook.rest.representation import Representation
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.trunking.trunks import save_trunk, trunk_in_path

MODE: Final = Parameter("Mode", word(RecordingMode), INVALID_PARAMETER, RecordingMode.DO_NOT_RECORD)
TRIM: Final = Parameter("Trim", word(RecordingTrim), INVALID_PARAMETER, RecordingTrim.DO_NOT_TRIM)


async def fetch_recording(request: ApiRequest) -> Answer:
    """GET: how it is set."""
    return Answer(200, representation(await trunk_in_path(request, "TrunkSid")))


async def update_recording(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    trunk, sent = await trunk_in_path(request, "TrunkSid"), request.values.get
    trunk = replace(
        trunk,
        recording_mode=sent(MODE, trunk.recording_mode),
        recording_trim=sent(TRIM, trunk.recording_trim),
    )
    await save_trunk(trunk, request)
    return Answer(200, representation(trunk))


def representation(trunk: Trunk) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Recording", {"mode": trunk.recording_mode.value, "trim": trunk.recording_trim.value}
    )


_PATH: Final = "/Trunks/{TrunkSid}/Recording"
OPERATIONS: Final = (
    Operation("GET", _PATH, fetch_recording),
    Operation("POST", _PATH, update_recording, ParameterTable(MODE, TRIM)),
)
