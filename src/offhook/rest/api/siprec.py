"""Recording sessions of a live call: begin one, stop it (reference/rest-api 2.2, 3.1).

`ConnectorName` is one of the operator's (`siprec_connectors`); any other is 20422, as a value that is none of
those allowed.
"""

import re
from typing import Final

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
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, text, word
from offhook.rest.resource import Answer, ApiRequest
from offhook.siprec.recording_session import SiprecOrder

CONNECTOR_NAME: Final = Parameter("ConnectorName", text(256), INVALID_PARAMETER, "")
TRACK: Final = Parameter("Track", word(Track), INVALID_PARAMETER, Track.BOTH)
_HEADER: Final = re.compile(r"[A-Za-z0-9\-]{1,64}\Z")
_VALUE: Final = re.compile(r"[\x20-\x7e]*\Z")

SESSIONS: Final = CompanionResource("Siprec", "Siprec", lambda services: services.stop_siprec)


async def begin_siprec(request: ApiRequest) -> Answer:
    """POST: pass the call in the path on from now on."""
    call = await live_call_in_path(request, "CallSid")
    values = request.values
    connector = request.services.siprec_connector(values[CONNECTOR_NAME])
    if connector is None:
        raise ApiError(INVALID_PARAMETER, "Invalid ConnectorName: siprec_connectors has none of it")
    parameters = custom_parameters(values)
    if not all(_HEADER.match(name) and _VALUE.match(value) for name, value in parameters):
        raise ApiError(INVALID_PARAMETER, "Invalid Parameter: name and value must be fit for a header of SIP")
    callback = values[STATUS_CALLBACK]
    order = SiprecOrder(
        connector=connector,
        auth_token=request.account.auth_token,
        name=values[NAME],
        track=values[TRACK].heard,
        callback=(callback, values[STATUS_CALLBACK_METHOD]) if callback else None,
        parameters=parameters,
    )
    with refusals():
        return SESSIONS.answer(request.services.siprec_call(request.account_sid, call.sid, order))


OPERATIONS: Final = SESSIONS.operations(
    begin_siprec,
    ParameterTable(NAME, CONNECTOR_NAME, TRACK, STATUS_CALLBACK, STATUS_CALLBACK_METHOD, *CUSTOM_PARAMETERS),
)
