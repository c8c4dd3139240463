"""UserDefinedMessages of a live call: send one to its peer (reference/rest-api 2.2, 4.2).

Where Twilio is silent: 201 says that the peer has it, which takes as long as its answer, 10 s at most; a peer
that takes no messages, refuses this one or does not answer is 32700, and the message says which.
"""

from typing import Final

from offhook.call.message_carrier import CarrierBusyError, CarrierError
from offhook.model.user_defined_message import (
    BAD_CONTENT,
    NOT_DELIVERED,
    ContentError,
    UserDefinedMessage,
    check_content,
)
from offhook.rest.api.calls import CALLS_PATH, NOT_IN_PROGRESS, live_call_in_path
from offhook.rest.errors import INVALID_PARAMETER, TOO_MANY, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, text
from offhook.rest.representation import Representation, date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.switchboard.update_call import NotInProgressError

CONTENT: Final = Parameter("Content", str, BAD_CONTENT, "")
IDEMPOTENCY_KEY: Final[Parameter[str | None]] = Parameter(
    "IdempotencyKey", text(256), INVALID_PARAMETER, None
)


async def create_message(request: ApiRequest) -> Answer:
    """POST: send a message to the peer of the call in the path."""
    call = await live_call_in_path(request, "CallSid")
    content = request.values[CONTENT]
    try:
        check_content(content)
        message = await request.services.send_message(
            request.account_sid, call.sid, content, request.values[IDEMPOTENCY_KEY]
        )
    except ContentError as error:
        raise ApiError(error.code, f"Invalid Content: {error.message}") from error
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except CarrierBusyError as error:
        raise ApiError(TOO_MANY, f"Too Many Requests: {error}") from error
    except CarrierError as error:
        raise ApiError(NOT_DELIVERED, f"The message was not delivered: {error}") from error
    return Answer(201, representation(message))


def representation(message: UserDefinedMessage) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "UserDefinedMessage",
        {
            "account_sid": message.account_sid,
            "call_sid": message.call_sid,
            "sid": message.sid,
            "date_created": date(message.created_at),
        },
    )


OPERATIONS: Final = (
    Operation(
        "POST",
        f"{CALLS_PATH}/{{CallSid}}/UserDefinedMessages",
        create_message,
        ParameterTable(CONTENT, IDEMPOTENCY_KEY, required=(CONTENT,)),
    ),
)
