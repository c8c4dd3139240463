"""The port through which a leg carries messages between its call's account and its peer.

Implemented by `sip_messages.py`, over SIP. Used by `user_messages.py` for a node's calls (Twilio's
UserDefinedMessages) and by `phone/phone_call.py`. A message is a JSON text that `check_content` lets pass.
"""

from collections.abc import Coroutine
from enum import auto
from typing import Any, Protocol

from offhook.base.symbol import Symbol
from offhook.model.user_defined_message import ContentError


class CarrierError(Exception):
    """A message did not reach the peer, or nobody knows whether it did; the text says why."""


class NotTakenError(CarrierError):
    """This peer takes no messages, or not in time; nothing was sent."""


class CarrierBusyError(CarrierError):
    """Too many messages wait for the peer already; nothing was sent."""


class Reception(Symbol):
    """What became of a message of the peer's."""

    HEARD = auto()
    """It ends here."""
    PASSED_ON = auto()
    """Somebody else is being told; whether they take it is not known yet."""
    NO_ROOM = auto()
    """Whoever is to be told does not keep up: the peer may try again later."""


class MessageReceiver(Protocol):
    """Takes what the peer says."""

    def handle_message(self, content: str) -> Reception:
        """A message, checked."""
        ...

    def handle_bad_message(self, error: ContentError) -> None:
        """What was to be one, and was refused."""
        ...


class MessageCarrier(Protocol):
    """Of one leg, from its beginning to its end."""

    def listen(self, receiver: MessageReceiver) -> None:
        """Give the peer's messages to this one from now on; without one they end here."""
        ...

    def send(self, content: str) -> Coroutine[Any, Any, None]:
        """Send a message behind those that wait; what is given ends when the peer has it.

        Raises: NotTakenError, CarrierBusyError, at once; then NotTakenError for one whose turn never came,
        CarrierError for one that was refused or got no answer.
        """
        ...
