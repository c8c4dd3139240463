"""What an account and the peer of a live call say to each other: a message to it, and who is told of its own.

Called by `rest/api/user_defined_messages.py` and `user_defined_message_subscriptions.py` through the
exchange. Source: reference/rest-api 2.2. A message needs an answered call, since none is sent over SIP
before; a subscription may come earlier.
"""

from offhook.call.courier import Courier
from offhook.call.leg_state import LegState
from offhook.call.user_messages import SubscriptionOrder
from offhook.model.user_defined_message import UserDefinedMessage, UserDefinedMessageSubscription
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError


async def send_message(
    account_sid: str, sid: str, content: str, key: str | None, calls: LiveCalls
) -> UserDefinedMessage:
    """Send a message, checked, to the peer of a live call, and wait until it has it.

    key: IdempotencyKey.
    Raises: NotInProgressError when the call is not answered, or not alive here; NotTakenError,
    CarrierBusyError, CarrierError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError("Call is not in-progress. Cannot send a message.")
    return await live.call.messages.send(content, key)


def subscribe(
    account_sid: str,
    sid: str,
    order: SubscriptionOrder,
    key: str | None,
    *,
    calls: LiveCalls,
    courier: Courier,
) -> UserDefinedMessageSubscription:
    """Tell an application what the peer of a live call says. key: IdempotencyKey.

    Raises: NotInProgressError when the call is not alive here; TooManySubscriptionsError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.is_ended:
        raise NotInProgressError("Call is not in-progress. Cannot subscribe.")
    return live.call.messages.subscribe(order, key, courier)


def unsubscribe(account_sid: str, sid: str, subscription_sid: str, calls: LiveCalls) -> bool:
    """Tell it no more; whether there was such a one."""
    live = calls.find(account_sid, sid)
    return live is not None and live.call.messages.unsubscribe(subscription_sid)
