"""UserDefinedMessageSubscriptions of a live call: who is told what its peer says (reference/rest-api 2.2).

They are neither listed nor fetched, as on Twilio, and gone with the call.
"""

from typing import Final

from offhook.call.user_messages import SubscriptionOrder, TooManySubscriptionsError
from offhook.model.user_defined_message import UserDefinedMessageSubscription
from offhook.rest.api.calls import CALLS_PATH, NOT_IN_PROGRESS, live_call_in_path
from offhook.rest.api.user_defined_messages import IDEMPOTENCY_KEY
from offhook.rest.errors import CONFLICT, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, http_method, http_url
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.switchboard.update_call import NotInProgressError

CALLBACK: Final = Parameter("Callback", http_url, 21205, "")
METHOD: Final = Parameter("Method", http_method, 21209, "POST")


async def create_subscription(request: ApiRequest) -> Answer:
    """POST: tell an application what the peer of the call in the path says, from now on."""
    call = await live_call_in_path(request, "CallSid")
    values = request.values
    order = SubscriptionOrder(values[CALLBACK], values[METHOD], request.account.auth_token)
    try:
        subscription = request.services.subscribe_messages(
            request.account_sid, call.sid, order, values[IDEMPOTENCY_KEY]
        )
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except TooManySubscriptionsError as error:
        raise ApiError(CONFLICT, str(error)) from error
    return Answer(201, representation(subscription))


async def delete_subscription(request: ApiRequest) -> Answer:
    """DELETE: tell it no more."""
    call = await live_call_in_path(request, "CallSid")
    sid = request.segments["Sid"]
    if not request.services.unsubscribe_messages(request.account_sid, call.sid, sid):
        raise request.not_found()
    return Answer(204)


def representation(subscription: UserDefinedMessageSubscription) -> Representation:
    """The resource as the API shows it."""
    path = ("Calls", subscription.call_sid, "UserDefinedMessageSubscriptions", subscription.sid)
    return Representation(
        "UserDefinedMessageSubscription",
        {
            "account_sid": subscription.account_sid,
            "call_sid": subscription.call_sid,
            "sid": subscription.sid,
            "date_created": date(subscription.created_at),
            "uri": uri(subscription.account_sid, *path),
        },
    )


SUBSCRIPTIONS_PATH: Final = f"{CALLS_PATH}/{{CallSid}}/UserDefinedMessageSubscriptions"
OPERATIONS: Final = (
    Operation(
        "POST",
        SUBSCRIPTIONS_PATH,
        create_subscription,
        ParameterTable(CALLBACK, METHOD, IDEMPOTENCY_KEY, required=(CALLBACK,)),
    ),
    Operation("DELETE", f"{SUBSCRIPTIONS_PATH}/{{Sid}}", delete_subscription),
)
