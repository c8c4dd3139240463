"""Calls to numbers by a trunk, in virtual time: which target, what the carrier sees, what is noted."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import pytest

from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Call, CallStatus
from offhook.model.connection_policy import ConnectionPolicyTarget
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.sip.message import Request
from offhook.sip.uri import SipUri
from offhook.switchboard.place_call import CallToPlace, NumberToCall
from offhook.verbs.runner import InlineDocument
from tests.support.callee import Callee, open_callee
from tests.support.memory_store import ACCOUNT, DOMAIN, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE: Final = "http://app.test/voice"
DONE: Final = "http://app.test/done"
CALLED: Final = "+4930123456"
OURS: Final = "+15550100300"
POLICY: Final = "NY" + "1" * 32
TRUNK: Final = ByocTrunk(
    "BY" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, friendly_name="Carrier", connection_policy_sid=POLICY
)
NUMBER: Final = IncomingPhoneNumber("PN" + "1" * 32, ACCOUNT.sid, OURS, "Ours", MOMENT, MOMENT)
BYOC: Final = f'byoc="{TRUNK.sid}"'
Act = Callable[[SmallExchange, list[Callee]], Awaitable[None]]


def target(uri: str, priority: int, *, enabled: bool = True) -> ConnectionPolicyTarget:
    sid = f"NE{priority:032x}"
    return ConnectionPolicyTarget(
        sid, ACCOUNT.sid, POLICY, uri, MOMENT, MOMENT, priority=priority, enabled=enabled
    )


def dialled(
    act: Act,
    *,
    attributes: str = BYOC,
    caller_id: str = OURS,
    trunk: ByocTrunk = TRUNK,
    carriers: int = 2,
    targets: Callable[[list[Callee]], list[ConnectionPolicyTarget]] | None = None,
    default_trunk: str | None = None,
    prepare: Callable[[SmallExchange], None] = lambda small: None,
) -> SmallExchange:
    """A caller whose document dials a number; the carriers are the targets of the trunk, in this order."""

    async def scenario() -> SmallExchange:
        shown = f"callerId='{caller_id}'" if caller_id else ""
        dial = f"<Dial action='/done' {shown}><Number {attributes}>{CALLED}</Number></Dial>"
        documents = {VOICE: f"<Response>{dial}</Response>", DONE: "<Response/>"}
        async with small_exchange(documents, default_trunk=default_trunk) as small:
            open_ = [await open_callee(seed) for seed in range(10, 10 + carriers)]
            try:
                small.store.byoc_trunks.known[trunk.sid] = trunk
                small.store.incoming_phone_numbers.add(NUMBER)
                small.store.connection_policy_targets.known = (
                    [target(f"sip:{each.address};x=1", at) for at, each in enumerate(open_)]
                    if targets is None
                    else targets(open_)
                )
                prepare(small)
                caller = await small.dial()
                await act(small, open_)
                await caller.ended()
                assert await small.exchange.drain(60)
            finally:
                for each in open_:
                    await each.close()
        return small

    return run(scenario())


async def nobody(small: SmallExchange, carriers: list[Callee]) -> None:
    """No carrier does anything."""


async def talk(carrier: Callee) -> Request:
    """Answer the next call and hang up; its INVITE."""
    leg = await carrier.ringing()
    leg.answer()
    await asyncio.sleep(1)
    leg.hang_up()
    return leg.session.request


def told(small: SmallExchange) -> dict[str, str]:
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == DONE]
    return dict(asked.results)


def child(small: SmallExchange) -> Call:
    return next(call for call in reversed(small.store.calls.history) if call.parent_call_sid)


def test_the_carrier_sees_its_own_uri_with_the_number_and_who_calls() -> None:
    seen: list[Request] = []

    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        seen.append(await talk(carriers[0]))
        assert carriers[1].invited.empty()

    small = dialled(act, trunk=replace(TRUNK, from_domain_sid=DOMAIN.sid))
    (invite,) = seen
    assert (invite.uri.user, invite.uri.parameter("x")) == (CALLED, "1")
    assert str(invite.from_.uri) == f"sip:{OURS}@{DOMAIN.domain_name}"
    assert invite.headers.get("P-Asserted-Identity") == f"<sip:{OURS}@{DOMAIN.domain_name}>"
    assert invite.headers.get("X-Twilio-CallSid") == child(small).sid
    assert (told(small)["DialCallStatus"], small.store.notifications.codes) == ("completed", [])
    assert (child(small).to, child(small).from_) == (CALLED, OURS)


@pytest.mark.parametrize(
    ("first_domain", "host"), [("carrier.sip.localhost", "carrier.sip.localhost"), (None, "sip.localhost")]
)
def test_without_a_from_domain_it_is_the_trunks_first_or_the_nodes_own(
    first_domain: str | None, host: str
) -> None:
    def prepare(small: SmallExchange) -> None:
        if first_domain is not None:
            small.store.byoc_trunks.domains[TRUNK.sid] = first_domain

    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        assert (await talk(carriers[0])).from_.uri.host == host

    dialled(act, prepare=prepare)


@pytest.mark.parametrize("default", ["Carrier", TRUNK.sid])
def test_a_number_that_names_no_trunk_goes_by_the_default_one(default: str) -> None:
    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        assert (await talk(carriers[0])).uri.user == CALLED

    assert told(dialled(act, attributes="", default_trunk=default))["DialCallStatus"] == "completed"


def test_an_own_number_is_called_at_home_unless_a_trunk_is_named() -> None:
    own = replace(NUMBER, sid="PN" + "2" * 32, phone_number=CALLED, voice_url="http://own.test/voice")

    async def by_trunk(small: SmallExchange, carriers: list[Callee]) -> None:
        await talk(carriers[0])

    def prepare(small: SmallExchange) -> None:
        small.store.incoming_phone_numbers.add(own)

    dialled(by_trunk, prepare=prepare)
    small = dialled(nobody, attributes="", default_trunk="Carrier", prepare=prepare)
    assert [asked.url for asked in small.bookshelf.asked][1] == "http://own.test/voice"


@pytest.mark.parametrize(
    ("attributes", "default", "code"),
    [
        (f'byoc="BY{"9" * 32}"', "Carrier", 21300),
        ("", None, 32010),
        ("", "Nobody", 32010),
    ],
)
def test_a_trunk_that_there_is_not_fails_the_call(attributes: str, default: str | None, code: int) -> None:
    small = dialled(nobody, attributes=attributes, default_trunk=default)
    assert (child(small).status, small.store.notifications.codes) == (CallStatus.FAILED, [code])


def test_another_accounts_trunk_is_none() -> None:
    small = dialled(nobody, trunk=replace(TRUNK, account_sid="AC" + "9" * 32))
    assert small.store.notifications.codes == [21300]


@pytest.mark.parametrize("trunk", [TRUNK, replace(TRUNK, connection_policy_sid=None)])
def test_a_trunk_without_an_enabled_target_is_32010(trunk: ByocTrunk) -> None:
    small = dialled(
        nobody, trunk=trunk, targets=lambda carriers: [target("sip:127.0.0.1:9", 1, enabled=False)]
    )
    assert (child(small).status, small.store.notifications.codes) == (CallStatus.FAILED, [32010])


@pytest.mark.parametrize("status", [500, 503, 580])
def test_a_carrier_that_fails_is_noted_and_the_next_one_tried(status: int) -> None:
    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        (await carriers[0].ringing()).refuse(status)
        await talk(carriers[1])

    small = dialled(act)
    assert (told(small)["DialCallStatus"], small.store.notifications.codes) == ("completed", [32011])
    assert str(status) in small.store.notifications.history[0].message_text


@pytest.mark.parametrize(
    ("status", "ends", "codes"), [(486, "busy", [34002]), (404, "failed", []), (403, "failed", [32011])]
)
def test_a_callees_own_word_is_final(status: int, ends: str, codes: list[int]) -> None:
    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        (await carriers[0].ringing()).refuse(status)
        await asyncio.sleep(10)
        assert carriers[1].invited.empty()

    small = dialled(act)
    assert (told(small)["DialCallStatus"], small.store.notifications.codes) == (ends, codes)


def test_when_all_targets_fail_each_is_32011_and_the_end_32400() -> None:
    asked: list[str] = []

    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        asked.extend(f"sip:{CALLED}@{carrier.address};x=1" for carrier in carriers[:2])
        (await carriers[0].ringing()).refuse(503)
        (await carriers[1].ringing()).refuse(500)

    small = dialled(act)
    assert (told(small)["DialCallStatus"], small.store.notifications.codes) == (
        "failed",
        [32011, 32011, 32400],
    )
    *attempts, last = (each.message_text for each in small.store.notifications.history)
    assert [text.partition(" answered ")[0] for text in attempts] == asked, "the last one, too, is named"
    assert "Carrier" in last


def test_a_carrier_that_says_nothing_for_four_seconds_is_passed_over() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))

        async def act(small: SmallExchange, carriers: list[Callee]) -> None:
            began = asyncio.get_running_loop().time()
            leg = await carriers[0].ringing()
            assert asyncio.get_running_loop().time() - began == pytest.approx(4, abs=0.5)
            leg.refuse(486)

        small = dialled(
            act,
            targets=lambda carriers: [
                target(f"sip:127.0.0.1:{deaf.getsockname()[1]}", 1),
                target(f"sip:{carriers[0].address}", 2),
            ],
        )
    assert small.store.notifications.codes == [32011, 34002]


def test_a_refused_connection_and_a_name_that_leads_nowhere_are_passed_over() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen

        async def act(small: SmallExchange, carriers: list[Callee]) -> None:
            await talk(carriers[0])

        small = dialled(
            act,
            targets=lambda carriers: [
                target(f"sip:127.0.0.1:{bound.getsockname()[1]};transport=tcp", 1),
                target("sip:127.0.0.1;transport=ws", 2),
                target(f"sip:{carriers[0].address}", 3),
            ],
        )
    assert told(small)["DialCallStatus"] == "completed"
    assert small.store.notifications.codes == [32011, 32011]


def test_when_no_target_leads_anywhere_the_end_is_32400() -> None:
    small = dialled(
        nobody,
        targets=lambda carriers: [
            target(f"sip:{DOMAIN.domain_name}", 1),
            target("sip:127.0.0.1;transport=tls", 2),
        ],
    )
    assert (child(small).status, small.store.notifications.codes) == (
        CallStatus.FAILED,
        [32011, 32011, 32400],
    )


@pytest.mark.parametrize(
    ("from_", "codes"),
    [("sip:100@pbx.example", [13247]), ("sip:+15550100999@pbx.example", [13214]), ("client:bob", [13247])],
)
def test_a_carrier_is_shown_no_caller_that_is_no_number_or_somebody_elses(
    from_: str, codes: list[int]
) -> None:
    small = placed(nobody, from_=from_)
    assert (small.store.calls.last.status, small.store.notifications.codes) == (CallStatus.FAILED, codes)


@pytest.mark.parametrize(
    ("from_", "user"),
    [(f"sip:{OURS}@pbx.example", OURS), ("+442071838750", "+442071838750"), ("anonymous", "anonymous")],
)
def test_a_carrier_is_shown_a_number_or_that_it_is_withheld(from_: str, user: str) -> None:
    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        invite = await talk(carriers[0])
        assert invite.from_.uri.username == user
        is_withheld = user == "anonymous"
        assert (invite.headers.get("Privacy") == "id") == is_withheld
        assert (invite.headers.get("P-Asserted-Identity") is None) == is_withheld

    placed(act, from_=from_)


def placed(act: Act, *, from_: str = OURS) -> SmallExchange:
    """A call that the API places by the trunk."""

    async def scenario() -> SmallExchange:
        async with small_exchange({VOICE: "<Response/>"}) as small:
            carriers = [await open_callee(seed) for seed in (10, 11)]
            try:
                small.store.byoc_trunks.known[TRUNK.sid] = TRUNK
                small.store.incoming_phone_numbers.add(NUMBER)
                small.store.connection_policy_targets.known = [
                    target(f"sip:{each.address}", at) for at, each in enumerate(carriers)
                ]
                small.exchange.place(
                    CallToPlace(
                        account_sid=ACCOUNT.sid,
                        auth_token=ACCOUNT.auth_token,
                        to=NumberToCall(CALLED, TRUNK.sid),
                        from_=from_,
                        from_uri=SipUri.parse("sip:unused@sip.localhost"),
                        start=InlineDocument("<Response><Pause length='5'/></Response>"),
                        fallback_url=None,
                        fallback_method="POST",
                        timeout_s=60,
                        time_limit_s=600,
                    )
                )
                await act(small, carriers)
                assert await small.exchange.drain(60)
            finally:
                for each in carriers:
                    await each.close()
        return small

    return run(scenario())


def test_a_placed_call_fails_over_and_ends_in_32400_as_well() -> None:
    async def act(small: SmallExchange, carriers: list[Callee]) -> None:
        (await carriers[0].ringing()).refuse(503)
        (await carriers[1].ringing()).refuse(503)

    small = placed(act)
    assert small.store.notifications.codes == [32011, 32011, 32400]
    assert small.store.calls.last.status is CallStatus.FAILED
