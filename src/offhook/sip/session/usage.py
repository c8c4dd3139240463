"""One dialog of a session: early, one of a fork, or the one that stays (RFC 3261 §12, RFC 5057 §4.1).

Holds what belongs to the dialog and not to the call as a whole; each part has its file. Made by
`InviteSession.add_dialog`; found by `user_agent` for each request inside a dialog.
"""

from typing import TYPE_CHECKING

from offhook.sip.dialog import Dialog, DialogInput
from offhook.sip.error import SipError
from offhook.sip.headers.option_tags import parse_tokens
from offhook.sip.headers.rack import RAck
from offhook.sip.message import Message
from offhook.sip.session.modify import Modification
from offhook.sip.session.negotiation import Negotiation
from offhook.sip.session.refer import Refer
from offhook.sip.session.referral import Referral
from offhook.sip.session.reinvite import Reinvite
from offhook.sip.session.update import Update

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


class Usage:
    """A dialog and what is under way in it."""

    __slots__ = (
        "dialog",
        "modification",
        "negotiation",
        "owed",
        "refer",
        "referral",
        "reinvite",
        "remote_allow",
        "rseq",
        "session",
        "update",
    )

    def __init__(self, session: "InviteSession", dialog: Dialog) -> None:
        self.session = session
        self.dialog = dialog
        self.negotiation = Negotiation()
        self.reinvite = Reinvite(self)
        """The peer's re-INVITE."""
        self.update = Update(self)
        """The peer's UPDATE, or the offer in its PRACK."""
        self.modification = Modification(self)
        """Our re-INVITE or UPDATE."""
        self.refer: Refer | None = None
        """Our last REFER; None before the first."""
        self.referral: Referral | None = None
        """The peer's REFERs; None before the first."""
        self.rseq: int | None = None
        """UAC: number of the last reliable provisional response that was taken; None before the first."""
        self.owed: RAck | None = None
        """UAC: the PRACK that waits for the owner's answer to an offer."""
        self.remote_allow: frozenset[str] = frozenset()
        """Methods that the peer says it takes, of the last message that said so."""

    @property
    def tag(self) -> str:
        """The peer's tag, which tells the forks apart; "" for an RFC 2543 peer."""
        return self.dialog.remote.tag or ""

    def hear(self, message: Message) -> None:
        """Note what a message of the peer says about it (Allow)."""
        if "Allow" in message.headers:
            self.remote_allow = frozenset(tokens_of(message, "Allow"))

    def end(self, now: float) -> None:
        """The dialog is over: whatever is under way in it ends."""
        self.reinvite.end(now)
        self.update.end(now)
        self.modification.end(now)
        if self.referral is not None:
            self.referral.end(now)
        if self.refer is not None:
            self.refer.end(now)
        self.dialog.move(DialogInput.END)


def tokens_of(message: Message, name: str) -> tuple[str, ...]:
    """The tokens of an informative header; none when it is malformed, which harms nobody."""
    try:
        return parse_tokens(message.headers.get_all(name))
    except SipError:
        return ()
