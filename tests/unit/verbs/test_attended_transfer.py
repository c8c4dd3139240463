"""Replaces, in virtual time: an attended transfer between two calls of this node, retrieval, pickup."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest

from offhook.call.leg import Leg
from offhook.call.leg_state import LegCause
from offhook.call.referrals import ReferUnderWay
from offhook.model.call import CallStatus
from offhook.phone.phone_call import CallNotAnsweredError, PhoneCall
from offhook.sip.headers.replaces import Replaces
from tests.support.callee import Callee, open_callee
from tests.support.memory_store import ACCOUNT
from tests.support.silent_media import SilentPort
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import OFFICE

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
REFER = "http://app.test/refer"
DIAL = "<Response><Dial action='/done'>{}</Dial></Response>"


@dataclass
class Desk:
    """An exchange, and two phones that are called by their addresses."""

    small: SmallExchange
    bob: Callee
    carol: Callee

    async def call(self, callee: Callee, attributes: str = "") -> tuple[PhoneCall, Leg]:
        """Somebody calls the Domain and talks with this phone."""
        sip = f"<Sip>sip:x@{callee.address}</Sip>"
        dial = f"<Dial action='/done' {attributes}>{sip}</Dial>"
        self.small.bookshelf.documents[VOICE] = f"<Response>{dial}</Response>"
        caller = await self.small.dial()
        leg = await callee.ringing()
        leg.answer()
        await asyncio.sleep(1)
        return caller, leg

    def port(self, index: int) -> SilentPort:
        return self.small.media.ports[index]

    @property
    def noted(self) -> list[int]:
        return [each.error_code for each in self.small.store.notifications.history]

    @property
    def asked(self) -> list[str]:
        return [each.url for each in self.small.bookshelf.asked]

    def live(self) -> int:
        return self.small.exchange.calls


Act = Callable[[Desk], Awaitable[None]]


def at_the_desk(act: Act) -> SmallExchange:
    async def scenario() -> SmallExchange:
        documents = {VOICE: "<Response/>", DONE: "<Response/>", REFER: "<Response/>"}
        async with small_exchange(documents, OFFICE) as small:
            phones = [await open_callee(seed) for seed in (61, 62)]
            try:
                await act(Desk(small, phones[0], phones[1]))
            finally:
                for phone in phones:
                    await phone.close()
        return small

    return run(scenario())


def named(leg: Leg, **changes: str) -> Replaces:
    """The dialog of a phone's leg, as the node knows it."""
    dialog = leg.session.dialog
    assert dialog is not None
    known = Replaces(dialog.call_id, dialog.remote.tag or "", dialog.local.tag or "")
    return replace(known, **changes)  # type: ignore[arg-type]


def target(leg: Leg, **changes: str) -> str:
    return f"sip:other@app.sip.localhost?Replaces={quote(str(named(leg, **changes)), safe='')}"


def leg_of(call: PhoneCall) -> Leg:
    return call._leg


def outcome(refer: ReferUnderWay) -> tuple[int | None, int | None, bool]:
    return refer.refer_status, refer.notify_status, refer.ended.is_set()


def was_hung_up(leg: Leg) -> bool:
    return leg.end is not None and leg.end.cause is LegCause.HUNG_UP_THERE


async def hang_up(call: PhoneCall | Leg) -> None:
    if isinstance(call, PhoneCall):
        await call.hang_up()
    else:
        call.hang_up()
    await asyncio.sleep(1)


@pytest.mark.parametrize("transferor_is", ["callee of both", "callee, then caller", "caller of both"])
def test_the_two_other_parties_talk_and_both_calls_of_the_transferor_end(transferor_is: str) -> None:
    """In the first call the transferor was called or calls, in the second too; the others are joined."""

    async def act(desk: Desk) -> None:
        first_caller, first_callee = await desk.call(desk.bob)
        second_caller, second_callee = await desk.call(desk.carol)
        mine, other, ports = first_callee, second_callee, (0, 2)
        stays: PhoneCall | Leg = first_caller
        joins: PhoneCall | Leg = second_caller
        match transferor_is:
            case "callee, then caller":
                other, joins, ports = leg_of(second_caller), second_callee, (0, 3)
            case "caller of both":
                mine, other = leg_of(first_caller), leg_of(second_caller)
                stays, joins, ports = first_callee, second_callee, (1, 3)
        refer = mine.referrals.ask(target(other))
        await asyncio.sleep(3)
        assert outcome(refer) == (202, 200, True)
        assert (was_hung_up(mine), was_hung_up(other)) == (True, True)
        assert desk.port(ports[0]).joined_to is desk.port(ports[1])
        assert desk.live() == 2
        await hang_up(joins)
        await asyncio.sleep(3)
        assert desk.live() == 0
        ended = stays if isinstance(stays, Leg) else leg_of(stays)
        assert was_hung_up(ended)

    small = at_the_desk(act)
    last = {call.sid: call for call in small.store.calls.history}
    assert [call.status for call in last.values()] == [CallStatus.COMPLETED] * 4


@pytest.mark.parametrize("of_caller", [True, False])
def test_a_call_that_replaces_names_may_be_about_to_be_bridged(*, of_caller: bool) -> None:
    async def act(desk: Desk) -> None:
        first_caller, first_callee = await desk.call(desk.bob)
        whisper = "<Response><Pause length='3'/></Response>"
        desk.small.bookshelf.documents["http://app.test/whisper"] = whisper
        sip = f"<Sip url='/whisper'>sip:x@{desk.carol.address}</Sip>"
        desk.small.bookshelf.documents[VOICE] = f"<Response><Dial>{sip}</Dial></Response>"
        second_caller = await desk.small.dial()
        second_callee = await desk.carol.ringing()
        second_callee.answer()
        await asyncio.sleep(0.1)
        other = leg_of(second_caller) if of_caller else second_callee
        refer = first_callee.referrals.ask(target(other))
        await asyncio.sleep(1)
        assert refer.refer_status is None, "the whisper is not over"
        await asyncio.sleep(5)
        assert outcome(refer) == (202, 200, True)
        assert desk.live() == 2
        await first_caller.hang_up()
        await asyncio.sleep(3)
        assert desk.live() == 0

    assert at_the_desk(act).store.notifications.codes == []


def test_who_stays_may_hang_up_first() -> None:
    async def act(desk: Desk) -> None:
        first_caller, first_callee = await desk.call(desk.bob)
        second_caller, second_callee = await desk.call(desk.carol)
        first_callee.referrals.ask(target(leg_of(second_caller)))
        await asyncio.sleep(2)
        await hang_up(first_caller)
        await asyncio.sleep(3)
        assert was_hung_up(second_callee)
        assert desk.live() == 0

    at_the_desk(act)


def test_the_dial_of_who_stays_goes_on_afterwards() -> None:
    async def act(desk: Desk) -> None:
        first_caller, first_callee = await desk.call(desk.bob)
        second_caller, second_callee = await desk.call(desk.carol)
        first_callee.referrals.ask(target(leg_of(second_caller)))
        await asyncio.sleep(5)
        before = desk.asked.count(DONE)
        await hang_up(second_callee)
        await first_caller.ended()
        assert desk.asked.count(DONE) == before + 1
        (last,) = [dict(each.results) for each in desk.small.bookshelf.asked if each.url == DONE][-1:]
        assert (last["DialCallStatus"], last["DialBridged"]) == ("completed", "true")

    at_the_desk(act)


def test_a_transfer_of_a_transfer() -> None:
    """Carol, who was given the caller, gives it on to somebody else she talks with."""

    async def act(desk: Desk) -> None:
        first_caller, bob = await desk.call(desk.bob)
        bobs_call, carol = await desk.call(desk.carol)
        bob.referrals.ask(target(leg_of(bobs_call)))
        await asyncio.sleep(3)
        carols_call, dave = await desk.call(desk.bob)
        refer = carol.referrals.ask(target(leg_of(carols_call)))
        await asyncio.sleep(3)
        assert outcome(refer) == (202, 200, True)
        assert desk.port(0).joined_to is desk.port(5)
        assert desk.live() == 2
        await hang_up(dave)
        await first_caller.ended()

    at_the_desk(act)


@pytest.mark.parametrize(
    ("change", "refer_url", "status", "codes"),
    [
        ({"call_id": "unknown"}, "", 403, [13802]),
        ({"call_id": "unknown"}, "referUrl='/refer'", 202, []),
        ({"to_tag": "x"}, "", 403, [13802]),
    ],
    ids=["unknown", "unknown, with referUrl", "wrong tag"],
)
def test_a_dialog_that_is_none_of_ours_is_for_the_application(
    change: dict[str, str], refer_url: str, status: int, codes: list[int]
) -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob, refer_url)
        other, _ = await desk.call(desk.carol)
        asked = target(leg_of(other), **change)
        refer = callee.referrals.ask(asked)
        await asyncio.sleep(2)
        assert refer.refer_status == status
        results = [dict(each.results) for each in desk.small.bookshelf.asked if each.url == REFER]
        assert results == ([{"ReferTransferTarget": f"<{asked}>"}] if status == 202 else [])
        await hang_up(other)
        await hang_up(caller)
        assert desk.noted == codes

    at_the_desk(act)


def test_a_call_cannot_be_transferred_to_itself() -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob)
        for leg in (callee, leg_of(caller)):
            refer = callee.referrals.ask(target(leg))
            await asyncio.sleep(1)
            assert outcome(refer) == (403, None, True)
        assert desk.port(0).joined_to is desk.port(1)
        await hang_up(caller)
        assert desk.noted == [32218, 32218]

    at_the_desk(act)


def test_a_call_of_another_account_is_none_of_ours() -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob)
        other, _ = await desk.call(desk.carol)
        for live in [*desk.small.exchange._services.live_calls._by_sid.values()][2:]:
            live.call.record = replace(live.call.record, account_sid="AC" + "b" * 32)
        refer = callee.referrals.ask(target(leg_of(other)))
        await asyncio.sleep(1)
        assert outcome(refer) == (403, None, True)
        await hang_up(other)
        await hang_up(caller)

    at_the_desk(act)


async def invite(desk: Desk, replaces: str) -> PhoneCall:
    headers = (("Replaces", replaces), ("Require", "replaces"))
    return await desk.small.dial(headers=headers)


async def status_of(call: PhoneCall) -> int | None:
    with pytest.raises(CallNotAnsweredError) as refused:
        await call.answered()
    return refused.value.end.sip_status


@pytest.mark.parametrize("of_caller", [True, False])
def test_an_invite_with_replaces_takes_the_place_of_a_phone(*, of_caller: bool) -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob)
        gone, stays = (leg_of(caller), callee) if of_caller else (callee, leg_of(caller))
        newcomer = await invite(desk, str(named(gone)))
        await newcomer.answered()
        await asyncio.sleep(3)
        assert was_hung_up(gone)
        assert not stays.is_ended
        assert desk.port(2).joined_to is desk.port(1 if of_caller else 0)
        assert desk.live() == 2
        await hang_up(newcomer)
        await asyncio.sleep(2)
        assert was_hung_up(stays)

    small = at_the_desk(act)
    assert {call.account_sid for call in small.store.calls.history} == {ACCOUNT.sid}


def test_a_phone_that_rings_is_picked_up_by_another_one() -> None:
    async def act(desk: Desk) -> None:
        sip = f"<Sip>sip:x@{desk.bob.address}</Sip>"
        desk.small.bookshelf.documents[VOICE] = DIAL.format(sip)
        caller = await desk.small.dial()
        ringing = await desk.bob.ringing()
        await asyncio.sleep(1)
        early = Replaces(
            ringing.session.call_id, ringing.session.request.from_.tag or "", ringing.session.local_tag
        )
        newcomer = await invite(desk, f"{early};early-only")
        await newcomer.answered()
        await asyncio.sleep(2)
        assert ringing.is_ended
        assert desk.port(0).joined_to is desk.port(2)
        await hang_up(newcomer)
        await caller.ended()
        (done,) = [dict(each.results) for each in desk.small.bookshelf.asked if each.url == DONE]
        assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "true")

    at_the_desk(act)


def test_who_picks_up_as_the_caller_gives_up_is_hung_up() -> None:
    async def act(desk: Desk) -> None:
        desk.small.bookshelf.documents[VOICE] = DIAL.format(f"<Sip>sip:x@{desk.bob.address}</Sip>")
        caller = await desk.small.dial()
        ringing = await desk.bob.ringing()
        await asyncio.sleep(1)
        early = Replaces(
            ringing.session.call_id, ringing.session.request.from_.tag or "", ringing.session.local_tag
        )
        newcomer = await invite(desk, str(early))
        await hang_up(caller)
        await newcomer.ended()
        assert ringing.is_ended

    at_the_desk(act)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"call_id": "x"}, 481), ({"to_tag": "x"}, 481), ({"from_tag": "x"}, 481)],
)
def test_rfc3891_3_a_dialog_that_there_is_not_is_481(change: dict[str, str], status: int) -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob)
        assert await status_of(await invite(desk, str(named(callee, **change)))) == status
        assert desk.port(0).joined_to is desk.port(1)
        await hang_up(caller)

    small = at_the_desk(act)
    assert [(each.status, each.matched) for each in small.store.refusals.history] == [(status, "Replaces")]


@pytest.mark.parametrize(("suffix", "status"), [(";early-only", 486), (";to-tag=2", 400)])
def test_rfc3891_3_an_answered_call_is_not_picked_up(suffix: str, status: int) -> None:
    async def act(desk: Desk) -> None:
        caller, callee = await desk.call(desk.bob)
        assert await status_of(await invite(desk, f"{named(callee)}{suffix}")) == status
        await hang_up(caller)

    at_the_desk(act)


def test_rfc3891_3_a_call_that_rings_here_is_481_and_one_that_talks_to_nobody_403() -> None:
    async def act(desk: Desk) -> None:
        desk.small.bookshelf.documents[VOICE] = (
            "<Response><Pause length='5'/><Say loop='0'>x</Say></Response>"
        )
        caller = await desk.small.dial()
        await asyncio.sleep(1)
        session = leg_of(caller).invitations[0]
        (usage,) = session.usages.values()
        ringing = Replaces(session.call_id, usage.tag, session.local_tag)
        assert await status_of(await invite(desk, str(ringing))) == 481
        await caller.answered()
        assert await status_of(await invite(desk, str(named(leg_of(caller))))) == 403
        await hang_up(caller)

    at_the_desk(act)
