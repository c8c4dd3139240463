"""A call's messages between its account and its peer: Twilio's UserDefinedMessages and their Subscriptions.

    the API's message -> carrier (`message_carrier.py`) -> the peer
    the peer's message -> each subscription's callback, in order, from SequenceNumber 1

Owned by `call/call.py`; commanded by `switchboard/message_call.py`. All of it is gone with the call; what
waits then is still told. Source: reference/rest-api 2.2, voice-js-sdk 4.3. Where Twilio is silent:
SequenceNumber counts what a subscription was told; an IdempotencyKey names an answer, whatever else the
request says; once its message has left, that is its answer, also where nobody knows whether it arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from offhook.base.redact import Secret
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger, Noted
from offhook.call.message_carrier import CarrierError, MessageCarrier, NotTakenError, Reception
from offhook.model.user_defined_message import (
    CALLBACK_FAILED,
    JSON,
    NO_ROOM,
    ContentError,
    UserDefinedMessage,
    UserDefinedMessageSubscription,
)
from offhook.webhook.ports import EventNews

SUBSCRIPTIONS_MAX: Final = 10
"""Of one call at one time: each is a request to an application for every message."""
KEYS_MAX: Final = 1_000
"""Answers that are kept of one call by their IdempotencyKeys, of either kind; the oldest make room."""


Outcome = UserDefinedMessage | str
"""What became of a message: it is there, or why it is not."""
V = TypeVar("V")


class TooManySubscriptionsError(Exception):
    """The call has as many as it may have."""


@dataclass(frozen=True, slots=True)
class SubscriptionOrder:
    """What is asked for; checked already."""

    url: str
    """Absolute."""
    method: str
    """GET or POST."""
    auth_token: Secret
    """The account's, with which the callbacks are signed."""


class _Subscriber:
    """A subscription that lives."""

    def __init__(
        self, record: UserDefinedMessageSubscription, order: SubscriptionOrder, courier: Courier
    ) -> None:
        self.record = record
        self.order = order
        self.told = 0
        """How many messages."""
        self._courier = courier

    @property
    def has_room(self) -> bool:
        """Whether its application keeps up."""
        return self._courier.has_room(self.record.sid)

    def tell(self, call: Noted, sid: str, content: str) -> None:
        """Have a message carried to it."""
        self.told += 1
        parameters = (
            ("CallSid", call.sid),
            ("AccountSid", call.account_sid),
            ("Sid", sid),
            ("Content", content),
            ("ContentType", JSON),
            ("SequenceNumber", str(self.told)),
        )
        order = self.order
        news = EventNews(order.url, order.method, parameters, order.auth_token, failure_code=CALLBACK_FAILED)
        self._courier.tell(call, news, self.record.sid)


class UserMessages:
    """Of one call. Implements `MessageReceiver`. Every call has one: small until somebody says something."""

    __slots__ = (
        "_call",
        "_carrier",
        "_ledger",
        "_noted",
        "_sent",
        "_subscribed",
        "_subscribers",
        "_under_way",
    )

    def __init__(self, carrier: MessageCarrier, call: Callable[[], Noted], ledger: Ledger) -> None:
        """call: its record as of now."""
        self._carrier = carrier
        self._call = call
        self._ledger = ledger
        self._subscribers: dict[str, _Subscriber] = {}
        self._subscribed: dict[str, UserDefinedMessageSubscription] = {}
        self._sent: dict[str, asyncio.Task[Outcome]] = {}
        self._under_way: list[asyncio.Task[Outcome]] = []
        self._noted: tuple[int, ...] = ()
        carrier.listen(self)

    # What the account does

    async def send(self, content: str, key: str | None) -> UserDefinedMessage:
        """Send a message, checked, and wait until the peer has it.

        key: IdempotencyKey; with one that is known nothing is sent, and the answer is that of the first.
        Raises: CarrierBusyError, and CarrierError, after which the key is free where nothing was sent.
        """
        task = self._sent.get(key) if key is not None else None
        if task is None:
            delivery = self._carrier.send(content)
            task = asyncio.create_task(self._carry(delivery, key), name="call.user_message")
            self._under_way.append(task)
            task.add_done_callback(self._under_way.remove)
            if key is not None:
                _remember(self._sent, key, task)
        outcome = await asyncio.shield(task)  # who asked may go: others ask with the same key
        if isinstance(outcome, str):
            raise CarrierError(outcome)
        return outcome

    async def _carry(self, delivery: Awaitable[None], key: str | None) -> Outcome:
        call = self._call()
        try:
            await delivery
        except CarrierError as error:
            if isinstance(error, NotTakenError):
                self._free(key)
            return str(error)
        return UserDefinedMessage(self._ledger.new_sid("KX"), call.account_sid, call.sid, self._ledger.now())

    def _free(self, key: str | None) -> None:
        """Nothing was sent: who tries again with this key is to be served."""
        if key is not None and self._sent.get(key) is asyncio.current_task():
            del self._sent[key]

    def subscribe(
        self, order: SubscriptionOrder, key: str | None, courier: Courier
    ) -> UserDefinedMessageSubscription:
        """Tell this application what the peer says from now on. key: as of `send`.

        Raises: TooManySubscriptionsError.
        """
        known = self._subscribed.get(key) if key is not None else None
        if known is not None:
            return known
        if len(self._subscribers) >= SUBSCRIPTIONS_MAX:
            raise TooManySubscriptionsError(f"A call cannot have more than {SUBSCRIPTIONS_MAX} subscriptions")
        call = self._call()
        record = UserDefinedMessageSubscription(
            self._ledger.new_sid("ZY"), call.account_sid, call.sid, self._ledger.now()
        )
        self._subscribers[record.sid] = _Subscriber(record, order, courier)
        if key is not None:
            _remember(self._subscribed, key, record)
        return record

    def unsubscribe(self, sid: str) -> bool:
        """Tell it no more, but what waits already; whether there was one."""
        return self._subscribers.pop(sid, None) is not None

    # What the peer says

    def handle_message(self, content: str) -> Reception:
        """Tell every subscription. One that does not keep up misses it; where none does, the peer is told."""
        if not self._subscribers:
            return Reception.HEARD
        call, sid = self._call(), self._ledger.new_sid("KX")
        takers = [each for each in self._subscribers.values() if each.has_room]
        if len(takers) < len(self._subscribers):
            self._note_once(NO_ROOM, "a callback is slower than the messages of the peer: some are not told")
        for taker in takers:
            taker.tell(call, sid, content)
        return Reception.PASSED_ON if takers else Reception.NO_ROOM

    def handle_bad_message(self, error: ContentError) -> None:
        """What was refused is told to the account, once of a kind."""
        text = f"A message of the peer was refused with {error.status}: {error.message}"
        self._note_once(error.code, f"{text}; others like it will be")

    def _note_once(self, code: int, text: str) -> None:
        if code not in self._noted:
            self._noted = (*self._noted, code)
            self._ledger.note(self._call(), code, text)


def _remember(answers: dict[str, V], key: str, answer: V) -> None:
    answers[key] = answer
    if len(answers) > KEYS_MAX:
        del answers[next(iter(answers))]  # a dict keeps the order in which it was filled
