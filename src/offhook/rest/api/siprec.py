"""Recording sessions of a live call: begin one, stop it (reference/rest-api 2.2, 3.1).

`ConnectorName` is one of the operator's (`siprec_connectors`); any other is 20422, as a value that is none of
those allowed.
"""

import re
from typing import Final

from offhook.model.siprec import Siprec
from offhook.rest.api.calls import CALLS_PATH, NOT_IN_PROGRESS, call_in_path
from offhook.rest.api.streams import PARAMETERS, STATUS, Track, custom_parameters
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, http_method, http_url, text, word
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.siprec.recording_session import SiprecOrder
from offhook.siprec.siprecs import SiprecRefusedError
from offhook.switchboard.update_call import NotInProgressError

NAME: Final[Parameter[str | None]] = Parameter("Name", text(256), INVALID_PARAMETER, None)
CONNECTOR_NAME: Final = Parameter("ConnectorName", text(256), INVALID_PARAMETER, "")
TRACK: Final = Parameter("Track", word(Track), INVALID_PARAMETER, Track.BOTH)
STATUS_CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallback", http_url, 21609, None)
STATUS_CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
_HEADER: Final = re.compile(r"[A-Za-z0-9\-]{1,64}\Z")
_VALUE: Final = re.compile(r"[\x20-\x7e]*\Z")


async def begin_siprec(request: ApiRequest) -> Answer:
    """POST: pass the call in the path on from now on."""
    call = await call_in_path(request, "CallSid")
    values = request.values
    connector = request.services.siprec_connector(values[CONNECTOR_NAME])
    if connector is None:
        raise ApiError(INVALID_PARAMETER, "Invalid ConnectorName: there is no such connector")
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
    try:
        siprec = request.services.siprec_call(request.account_sid, call.sid, order)
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except SiprecRefusedError as error:
        raise ApiError(error.code, error.message) from error
    return Answer(200, representation(siprec))


async def update_siprec(request: ApiRequest) -> Answer:
    """POST on a recording session: stop it."""
    call = await call_in_path(request, "CallSid")
    siprec = request.services.stop_siprec(call.sid, request.segments["Sid"])
    if siprec is None:
        raise request.not_found()
    return Answer(200, representation(siprec))


def representation(siprec: Siprec) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Siprec",
        {
            "sid": siprec.sid,
            "account_sid": siprec.account_sid,
            "call_sid": siprec.call_sid,
            "name": siprec.name,
            "status": siprec.status.value,
            "date_updated": date(siprec.updated_at),
            "uri": uri(siprec.account_sid, "Calls", siprec.call_sid, "Siprec", siprec.sid),
        },
    )


SIPREC_PATH: Final = f"{CALLS_PATH}/{{CallSid}}/Siprec"
OPERATIONS: Final = (
    Operation(
        "POST",
        SIPREC_PATH,
        begin_siprec,
        ParameterTable(
            NAME,
            CONNECTOR_NAME,
            TRACK,
            STATUS_CALLBACK,
            STATUS_CALLBACK_METHOD,
            *(each for pair in PARAMETERS for each in pair),
        ),
    ),
    Operation("POST", f"{SIPREC_PATH}/{{Sid}}", update_siprec, ParameterTable(STATUS, required=(STATUS,))),
)
