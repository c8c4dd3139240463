"""Calls of an elastic SIP trunk, in virtual time: a PBX that calls the world, and one that it calls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import pytest

from offhook.base.ids import SeededChance
from offhook.call.leg_state import LegEnd
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Call
from offhook.model.connection_policy import ConnectionPolicyTarget
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.recording import RecordingSource
from offhook.model.trunk import OriginationUrl, RecordingMode, Trunk
from offhook.phone.phone_call import PhoneCall
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri
from tests.support.callee import Callee, open_callee
from tests.support.memory_store import ACCOUNT, ANYONE, DOMAIN, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

OURS: Final = "+15550100300"
THEIRS: Final = "+49301234567"
DOWN: Final = "http://app.test/down"
POLICY: Final = "NY" + "1" * 32
PBX: Final = Trunk(
    "TK" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, domain_name="pbx.pstn.localhost", has_ip_acl=True
)
CARRIER: Final = ByocTrunk(
    "BY" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, connection_policy_sid="NY" + "1" * 32
)
NUMBER: Final = IncomingPhoneNumber("PN" + "1" * 32, ACCOUNT.sid, OURS, "Ours", MOMENT, MOMENT)
Act = Callable[[list[Callee]], Awaitable[None]]


async def nobody(callees: list[Callee]) -> None:
    """Nobody is called."""


def called(
    act: Act,
    to: str,
    from_: str,
    *,
    trunk: Trunk = PBX,
    number: IncomingPhoneNumber = NUMBER,
    is_pbx_known: bool = True,
    down: str = "<Response><Say>Down.</Say></Response>",
    default_trunk: str | None = CARRIER.sid,
    others: Sequence[IncomingPhoneNumber] = (),
) -> tuple[SmallExchange, LegEnd]:
    """One INVITE to its end. The callees: the carrier, for the world; two of the PBX."""

    async def scenario() -> tuple[SmallExchange, LegEnd]:
        documents = {DOWN: down}
        domain = replace(DOMAIN, byoc_trunk_sid=CARRIER.sid)
        async with small_exchange(documents, domain, default_trunk=default_trunk) as small:
            callees = [await open_callee(seed) for seed in (20, 21, 22)]
            try:
                store = small.store
                store.byoc_trunks.known[CARRIER.sid] = CARRIER
                store.connection_policy_targets.known = [_target(callees[0])]
                for each in (number, *others):
                    store.incoming_phone_numbers.add(each)
                store.trunks.known[trunk.sid] = trunk
                store.trunks.allowed = (ANYONE,) if is_pbx_known else ()
                store.trunks.urls = [_url(callee, at) for at, callee in enumerate(callees[1:])]
                call = PhoneCall(small.caller, small.caller_media, SeededChance(5))
                small.calls.append(call)
                await call.dial(
                    Invitation(
                        uri=SipUri.parse(f"sip:{to}"),
                        from_uri=SipUri.parse(f"sip:{from_}@pbx.example"),
                        next_hop=SipUri.parse(f"sip:{small.node.addresses[0]}"),
                    )
                )
                await act(callees)
                end = await call.ended()
                assert await small.exchange.drain(60)
            finally:
                for callee in callees:
                    await callee.close()
        return small, end

    return run(scenario())


def _target(callee: Callee) -> ConnectionPolicyTarget:
    return ConnectionPolicyTarget(
        "NE" + "1" * 32, ACCOUNT.sid, POLICY, f"sip:{callee.address}", MOMENT, MOMENT
    )


def _url(callee: Callee, priority: int) -> OriginationUrl:
    sid, uri = f"OU{priority:032x}", f"sip:{callee.address};x=1"
    return OriginationUrl(sid, ACCOUNT.sid, PBX.sid, "PBX", uri, priority, 10, True, MOMENT, MOMENT)


async def talk(callee: Callee) -> str:
    """Answer the next call and hang up; who calls whom."""
    leg = await callee.ringing()
    leg.answer()
    await asyncio.sleep(1)
    leg.hang_up()
    request = leg.session.request
    return f"{request.from_.uri.username} calls {request.uri.username}"


def records(small: SmallExchange) -> list[Call]:
    return list({call.sid: call for call in small.store.calls.history}.values())


def from_the_pbx(
    act: Act, *, to: str = THEIRS, from_: str = OURS, **more: object
) -> tuple[SmallExchange, LegEnd]:
    return called(act, f"{to}@{PBX.domain_name}", from_, **more)  # type: ignore[arg-type]


def to_the_pbx(act: Act, **more: object) -> tuple[SmallExchange, LegEnd]:
    number = replace(NUMBER, trunk_sid=PBX.sid, voice_url="http://app.test/ignored")
    return called(act, f"{OURS}@{DOMAIN.domain_name}", THEIRS, number=number, **more)  # type: ignore[arg-type]


def test_a_pbx_calls_the_world_by_the_default_trunk() -> None:
    async def act(callees: list[Callee]) -> None:
        assert await talk(callees[0]) == f"{OURS} calls {THEIRS}"

    small, end = from_the_pbx(act)
    assert end.sip_status == 200
    terminating, child = records(small)
    assert (terminating.direction, terminating.to, terminating.from_) == (
        "trunking-terminating",
        THEIRS,
        OURS,
    )
    assert (child.direction, child.parent_call_sid) == ("outbound-dial", terminating.sid)
    assert (terminating.trunk_sid, child.trunk_sid) == (PBX.sid, None)
    assert small.bookshelf.asked == [], "no webhook"
    assert small.bookshelf.progress == []


def test_a_busy_callee_is_busy_to_the_pbx() -> None:
    async def act(callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(486)

    small, end = from_the_pbx(act)
    assert (end.sip_status, records(small)[0].status) == (486, "busy")


@pytest.mark.parametrize(
    ("to", "from_", "status", "code"),
    [
        ("help", OURS, 404, 32101),
        (THEIRS, "+15550100999", 403, 32204),
        (THEIRS, "alice", 403, 32206),
    ],
)
def test_what_a_trunk_does_not_take_is_refused_and_said_so(
    to: str, from_: str, status: int, code: int
) -> None:
    small, end = from_the_pbx(nobody, to=to, from_=from_)
    assert end.sip_status == status
    (refusal,) = small.store.refusals.history
    assert (refusal.code, refusal.domain, refusal.account_sid) == (code, PBX.domain_name, ACCOUNT.sid)
    assert small.store.calls.history == []


@pytest.mark.parametrize("to", ["+14155550199", "+911"])
@pytest.mark.parametrize(
    ("default_trunk", "why"),
    [(None, "there is no default trunk"), ("Nobody", "the default trunk Nobody is none of this account's")],
)
def test_32010_a_number_that_leads_nowhere_is_404_and_no_outage(
    to: str, default_trunk: str | None, why: str
) -> None:
    small, end = from_the_pbx(nobody, to=to, default_trunk=default_trunk)
    assert end.sip_status == 404
    (refusal,) = small.store.refusals.history
    assert (refusal.code, refusal.domain, refusal.account_sid) == (32010, PBX.domain_name, ACCOUNT.sid)
    assert refusal.matched.startswith(f"{to} is no number of this node, and {why}")
    assert small.store.calls.history == []


def test_without_a_default_trunk_a_pbx_calls_the_numbers_of_the_node() -> None:
    office = replace(NUMBER, sid="PN" + "2" * 32, phone_number="+15550100301", voice_url=DOWN)
    small, end = from_the_pbx(nobody, to=office.phone_number, default_trunk=None, others=(office,))
    assert (end.sip_status, small.voice.texts) == (200, ["Down."])


def test_a_source_that_is_not_listed_is_refused() -> None:
    small, end = from_the_pbx(nobody, is_pbx_known=False)
    assert (end.sip_status, small.store.refusals.history[0].code) == (403, 32201)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"has_ip_acl": False}, 32200), ({"secure": True}, 32209), ({"is_account_active": False}, 10001)],
)
def test_a_trunk_is_closed_as_a_domain_is(change: dict[str, bool], code: int) -> None:
    small, _ = from_the_pbx(nobody, trunk=replace(PBX, **change))  # type: ignore[arg-type]
    assert small.store.refusals.history[0].code == code


def test_a_number_on_a_trunk_calls_its_pbx_and_not_its_voice_url() -> None:
    async def act(callees: list[Callee]) -> None:
        assert await talk(callees[1]) == f"{THEIRS} calls {OURS}"

    small, end = to_the_pbx(act)
    assert end.sip_status == 200
    originating, child = records(small)
    assert (originating.direction, originating.to, originating.from_) == (
        "trunking-originating",
        OURS,
        THEIRS,
    )
    assert originating.phone_number_sid == NUMBER.sid
    assert (originating.trunk_sid, child.trunk_sid) == (PBX.sid, None)
    assert child.parent_call_sid == originating.sid
    assert small.bookshelf.asked == []


def test_the_next_url_is_tried_when_one_fails() -> None:
    async def act(callees: list[Callee]) -> None:
        (await callees[1].ringing()).refuse(503)
        await talk(callees[2])

    small, end = to_the_pbx(act)
    assert (end.sip_status, small.store.notifications.codes) == (200, [32011])


def test_when_every_url_has_failed_the_recovery_url_answers() -> None:
    async def act(callees: list[Callee]) -> None:
        for callee in callees[1:]:
            (await callee.ringing()).refuse(503)

    small, end = to_the_pbx(
        act, trunk=replace(PBX, disaster_recovery_url=DOWN, disaster_recovery_method="GET")
    )
    (asked,) = small.bookshelf.asked
    assert (asked.url, asked.method, asked.call.status) == (DOWN, "GET", "ringing")
    assert (small.voice.texts, end.sip_status) == (["Down."], 200)


def test_a_busy_pbx_is_busy_and_no_disaster() -> None:
    async def act(callees: list[Callee]) -> None:
        (await callees[1].ringing()).refuse(486)

    small, end = to_the_pbx(act, trunk=replace(PBX, disaster_recovery_url=DOWN))
    assert (small.bookshelf.asked, end.sip_status) == ([], 486)


@pytest.mark.parametrize(("recovery", "texts", "codes"), [(DOWN, ["Down."], []), (None, [], [32010])])
def test_without_a_url_the_recovery_url_answers_at_once_or_nobody(
    recovery: str | None, texts: list[str], codes: list[int]
) -> None:
    other = replace(PBX, sid="TK" + "2" * 32, disaster_recovery_url=recovery)
    number = replace(NUMBER, trunk_sid=other.sid)
    small, _ = called(nobody, f"{OURS}@{DOMAIN.domain_name}", THEIRS, trunk=other, number=number)
    assert (small.voice.texts, small.store.notifications.codes) == (texts, codes)


def test_a_trunk_that_records_records_its_calls() -> None:
    async def act(callees: list[Callee]) -> None:
        await talk(callees[1])

    small, _ = to_the_pbx(act, trunk=replace(PBX, recording_mode=RecordingMode.FROM_ANSWER_DUAL))
    recording = small.store.recordings.last
    assert (recording.channels, recording.source) == (2, RecordingSource.TRUNKING)


def test_a_document_of_the_recovery_url_records_as_any_other() -> None:
    async def act(callees: list[Callee]) -> None:
        for callee in callees[1:]:
            (await callee.ringing()).refuse(503)
        await talk(callees[0])

    dial = f"<Response><Dial record='record-from-answer' callerId='{OURS}'>{THEIRS}</Dial></Response>"
    recording_trunk = replace(PBX, disaster_recovery_url=DOWN, recording_mode=RecordingMode.FROM_ANSWER_DUAL)
    small, _ = to_the_pbx(act, trunk=recording_trunk, down=dial)
    recording = small.store.recordings.last
    assert (recording.channels, recording.source) == (1, RecordingSource.DIAL_VERB)
