"""A talk: a call and a guest that are bridged, until one of them leaves or transfers the other.

    REFER without Replaces, referUrl  --> 202; who stays runs its document      (a blind transfer)
    REFER with Replaces of our dialog --> 202; who stays goes on with its other party  (an attended one)
    REFER otherwise                   --> 403, 13802

Either of the two may transfer, the host (whose program this is) and the guest. Used by `dial.py`, and by
`switchboard/` for calls that stay behind. Source: reference/twiml 6.9, sip-interface 6.2, 0; RFC 3515, 5589.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from offhook.base.frozen import frozen
from offhook.call.call import NO_REFER_URL, Call
from offhook.call.inbox import CallCommand
from offhook.sip.event import Referred
from offhook.verbs.dialler import ChildCall, Dialler, TransferRefusedError, TransferTooEarlyError
from offhook.verbs.transfer import Departure, Transfer
from offhook.verbs.verb import GoTo

TRANSFERS_MAX: Final = 16
"""Transfers that may lead to one call: phones that refer to each other come to an end."""
TARGET_MAX: Final = 256
"""Characters of a Refer-To (reference/sip-interface 6.2)."""
TOO_MANY_HOPS: Final = 32006
BAD_URI: Final = 32110
NOT_ALLOWED: Final = 32218
TRANSFER_TARGET: Final = "ReferTransferTarget"


@frozen
class TransferRules:
    """What the Dial says of transfers."""

    refer: GoTo | None = None
    """Absolute; what is asked when one of the two wants a blind transfer; None refuses it."""
    waits: bool = False
    """Whether the transferor stays until a target has answered (answerOnBridge)."""


class Talk:
    """One bridge, from the host's side; its guest may change."""

    def __init__(
        self, host: Call, guest: ChildCall, rules: TransferRules, dialler: Dialler, over: Callable[[], None]
    ) -> None:
        """Over: what is done when the two part. The legs are bridged by who makes it."""
        self.host = host
        self.guest = guest
        self._rules = rules
        self._dialler = dialler
        self._over = over
        self._transfer: Transfer | None = None
        self._news = asyncio.Event()
        self.is_moving = False
        """Whether one of the two is about to leave."""
        self._begin()

    def _begin(self) -> None:
        self.guest.when_left(self._news.set)
        for call in (self.host, self.guest.call):
            call.take_bridge(self)

    # What happens to it

    async def next(self) -> Transfer | None:
        """Wait until the host is to be transferred; None when the guest has left."""
        while True:
            transfer, self._transfer = self._transfer, None
            if transfer is not None or self.guest.left.is_set():
                return transfer
            self._news.clear()
            await self._news.wait()

    def swap(self, transfer: Transfer, guest: ChildCall) -> None:
        """The guest leaves, and another one takes its place."""
        if guest.call.leg.is_ended:
            transfer.departure.fail()
            return
        transfer.departure.leave()
        self.end()
        self.guest, self.is_moving = guest, False
        self.host.leg.bridge(guest.call.leg)
        self._begin()

    def _resume(self) -> None:
        """A transfer came to nothing: the two talk on."""
        self.is_moving = False

    def end(self) -> None:
        """The two part, unless they have; whoever has another bridge by now keeps that."""
        if self.host.bridge is self:
            self.host.leave_bridge()
            self.host.leg.unbridge()
        if self.guest.call.bridge is self:
            self.guest.call.leave_bridge()

    def close(self) -> None:
        """The host goes on without it: the guest is let go of, and so is whoever was to take its place."""
        self.end()
        drop(self._transfer)
        self.guest.release()

    def let_go(self, call: Call) -> None:
        """One of the two leaves: its call ends."""
        self.end()
        if call is self.guest.call:
            self.guest.release()
        else:
            call.inbox.put(CallCommand.END)

    # Who asks for what

    def partner_of(self, call: Call) -> Call:
        """The other one of the two."""
        return self.host if call is self.guest.call else self.guest.call

    def handle_refer(self, call: Call, event: Referred) -> None:
        """One of the two wants to leave, and the other one to talk to somebody else."""
        stayer = self.partner_of(call)
        if self.is_moving or stayer.leg.is_ended:
            call.leg.referrals.refuse(491)
            return
        if max(call.transfers, stayer.transfers) >= TRANSFERS_MAX:
            call.refuse_refer(482, TOO_MANY_HOPS, f"{TRANSFERS_MAX} transfers have led to it: a loop")
            return
        try:
            guest = None if event.replaces is None else self._dialler.take_over(call, event.replaces)
        except TransferTooEarlyError as error:
            error.named.when_bridged(lambda: call.handle_refer(event))
            return
        except TransferRefusedError as error:
            call.refuse_refer(error.sip_status, NOT_ALLOWED, str(error))
            return
        if guest is not None:
            call.leg.referrals.accept(call.identity_headers)
            self.hand_over(call, guest)
        elif self._rules.refer is None:
            call.refuse_refer(403, NO_REFER_URL, "the <Dial> that it is in has no referUrl")
        elif len(event.refer_to) > TARGET_MAX:
            call.refuse_refer(400, BAD_URI, f"its Refer-To has more than {TARGET_MAX} characters")
        else:
            call.leg.referrals.accept(call.identity_headers)
            refer = self._rules.refer
            document = GoTo(refer.url, refer.method, ((TRANSFER_TARGET, event.refer_to),))
            self._move(call, document=document, waits=self._rules.waits)

    def hand_over(self, leaving: Call, guest: ChildCall) -> None:
        """Let another call take the place of one of the two."""
        self._move(leaving, guest=guest)

    def _move(
        self,
        leaving: Call,
        *,
        document: GoTo | None = None,
        guest: ChildCall | None = None,
        waits: bool = False,
    ) -> None:
        stayer = self.partner_of(leaving)
        stayer.transfers = max(leaving.transfers, stayer.transfers) + 1
        self.is_moving = True
        departure = Departure(
            leaving, lambda: self._part_from(leaving, is_swap=guest is not None), self._resume, waits=waits
        )
        transfer = Transfer(departure, document, guest)
        if self.guest.left.is_set():
            drop(transfer)
        elif stayer is self.host:
            self._transfer = transfer
            self._news.set()
        else:
            self.guest.take_transfer(transfer)

    def _part_from(self, leaving: Call, *, is_swap: bool) -> None:
        self.let_go(leaving)
        if not is_swap:
            self._over()


async def stay(
    guest: ChildCall, run_transfer: Callable[[Transfer], Awaitable[bool]], dialler: Dialler
) -> None:
    """Be the guest of a talk until it is let go of, and go on with what a transfer of its host gives it.

    run_transfer: runs a document on it; whether it took the place of the talk.
    """
    try:
        while (transfer := await guest.next_transfer()) is not None:
            if transfer.guest is None:
                has_gone_on = await run_transfer(transfer)
            else:
                has_gone_on = await _talk_with(guest.call, transfer, transfer.guest, dialler)
            if has_gone_on:
                return
    finally:
        drop(guest.waiting_transfer)


async def _talk_with(host: Call, transfer: Transfer, guest: ChildCall, dialler: Dialler) -> bool:
    """Talk with whom an attended transfer gives; False when that one has hung up by now."""
    if guest.call.leg.is_ended:
        transfer.departure.fail()
        return False
    transfer.departure.leave()
    talk = Talk(host, guest, TransferRules(), dialler, over=lambda: None)
    host.leg.bridge(guest.call.leg)
    try:
        while (following := await talk.next()) is not None:
            if following.guest is not None:
                talk.swap(following, following.guest)
    finally:
        talk.close()
    return True


def drop(transfer: Transfer | None) -> None:
    """Nobody takes it any more, where there is one."""
    if transfer is not None:
        transfer.departure.fail()
        if transfer.guest is not None:
            transfer.guest.release()
