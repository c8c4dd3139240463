"""A REFER from one side of a `<Dial>`, in virtual time: who leaves when, who goes on with what."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.call.leg import Leg
from offhook.call.leg_state import LegCause
from offhook.call.referrals import ReferUnderWay
from offhook.phone.phone_call import PhoneCall
from offhook.sip.session.state import SessionState
from tests.support.callee import Callee, open_callee
from tests.support.small_exchange import SmallExchange
from tests.unit.verbs.test_dial import answered, is_bridged, on_call

REFER = "http://app.test/refer"
DONE = "http://app.test/done"
TARGET = "sip:carol@app.sip.localhost?X-Case=4%2C2"
BOB, CAROL = "<Client>bob</Client>", "<Sip>sip:carol@CAROL</Sip>"
TO_CAROL = f"<Response><Dial timeout='5'>{CAROL}</Dial></Response>"


def leg_of(call: PhoneCall) -> Leg:
    return call._leg


def asked(small: SmallExchange, url: str = REFER) -> list[dict[str, str]]:
    return [dict(each.results) for each in small.bookshelf.asked if each.url == url]


def outcome(refer: ReferUnderWay) -> tuple[int | None, int | None, bool]:
    return refer.refer_status, refer.notify_status, refer.ended.is_set()


def noted(small: SmallExchange) -> list[int]:
    return [each.error_code for each in small.store.notifications.history]


def has_hung_up(leg: Leg) -> bool:
    return leg.end is not None and leg.end.cause is LegCause.HUNG_UP_THERE


Act = Callable[[SmallExchange, PhoneCall, list[Callee]], Awaitable[None]]


def with_carol(dial: str, act: Act, documents: dict[str, str | int]) -> SmallExchange:
    """Bob has the first phone, and Carol, who is registered nowhere, the second."""

    async def with_her_phone(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        carol = await open_callee(77)
        for url, document in documents.items():
            known = document.replace("CAROL", carol.address) if isinstance(document, str) else document
            small.bookshelf.documents[url] = known
        try:
            await act(small, caller, [*callees, carol])
            await caller.ended()
        finally:
            await carol.close()

    return on_call(dial, with_her_phone)


def transfer(
    act: Act, attributes: str = "referUrl='/refer' action='/done'", document: str | int = TO_CAROL
) -> SmallExchange:
    """A caller who talks with bob; `document` is what referUrl says."""
    return with_carol(f"<Dial {attributes}>{BOB}</Dial>", act, {REFER: document})


def test_a_callee_that_transfers_leaves_and_the_caller_talks_with_the_target() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        await asyncio.sleep(1)
        assert outcome(refer) == (202, 200, True)
        assert has_hung_up(bob)
        carol = await callees[1].ringing()
        caller_port = small.media.ports[0]
        assert not is_bridged(caller_port)
        assert len(caller_port.played) == 2, "the ringback of both Dials"
        carol.answer()
        await asyncio.sleep(1)
        assert caller_port.joined_to is small.media.ports[2]
        carol.hang_up()

    small = transfer(act)
    assert asked(small) == [{"ReferTransferTarget": f"<{TARGET}>"}]
    assert asked(small, DONE) == []
    first, second = small.bookshelf.asked
    assert first.call.sid == second.call.sid
    assert small.voice.texts == []


def test_a_caller_that_transfers_leaves_and_the_callee_runs_the_document() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = leg_of(caller).referrals.ask("sip:carol@app.sip.localhost")
        await asyncio.sleep(1)
        assert outcome(refer) == (202, 200, True)
        carol = await callees[1].ringing()
        carol.answer()
        await caller.ended()
        await asyncio.sleep(3)
        assert small.media.ports[1].joined_to is small.media.ports[2]
        bob.hang_up()
        await asyncio.sleep(1)
        assert has_hung_up(carol)

    small = transfer(act)
    (request,) = [each for each in small.bookshelf.asked if each.url == REFER]
    assert request.call.parent_call_sid == small.store.calls.history[0].sid
    assert [each["DialCallStatus"] for each in asked(small, DONE)] == ["completed"]


def test_with_answer_on_bridge_the_two_talk_until_the_target_answers() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        carol = await callees[1].ringing()
        await asyncio.sleep(2)
        assert outcome(refer) == (202, 100, False)
        bob_port, caller_port, carol_port = small.media.ports
        assert caller_port.joined_to is bob_port
        assert caller_port.played == [], "no tone in their talk"
        carol.answer()
        await asyncio.sleep(1)
        assert outcome(refer) == (202, 200, True)
        assert has_hung_up(bob)
        assert caller_port.joined_to is carol_port
        carol.hang_up()

    small = transfer(act, "referUrl='/refer' answerOnBridge='true' action='/done'")
    assert asked(small, DONE) == []


@pytest.mark.parametrize("status", [486, 404])
def test_with_answer_on_bridge_a_target_that_refuses_leaves_the_two_together(status: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        for _ in range(2):
            refer = bob.referrals.ask(TARGET)
            (await callees[1].ringing()).refuse(status)
            await asyncio.sleep(1)
            assert outcome(refer) == (202, status, True)
        assert small.media.ports[0].joined_to is small.media.ports[1]
        bob.hang_up()

    small = transfer(act, "referUrl='/refer' answerOnBridge='true' action='/done'")
    assert len(asked(small)) == 2
    assert [each["DialCallStatus"] for each in asked(small, DONE)] == ["completed"]


@pytest.mark.parametrize(
    ("document", "told"),
    [(TO_CAROL, 480), (11200, 503), ("<Response/>", 603), ("<Respons", 503)],
    ids=["nobody answers", "no document", "an empty one", "no XML"],
)
def test_with_answer_on_bridge_what_reaches_nobody_leaves_the_two_together(
    document: str | int, told: int
) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        await asyncio.sleep(20)
        assert outcome(refer) == (202, told, True)
        assert small.media.ports[0].joined_to is small.media.ports[1]
        await caller.hang_up()
        await asyncio.sleep(1)
        assert has_hung_up(bob)

    small = transfer(act, "referUrl='/refer' answerOnBridge='true'", document)
    assert small.voice.texts == []


def test_with_answer_on_bridge_a_document_that_speaks_lets_the_transferor_go() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        await asyncio.sleep(1)
        assert outcome(refer) == (202, 200, True)
        assert has_hung_up(bob)

    spoken = "<Response><Say>One moment.</Say></Response>"
    small = transfer(act, "referUrl='/refer' answerOnBridge='true'", spoken)
    assert small.voice.texts == ["One moment."]


def test_without_answer_on_bridge_a_webhook_that_fails_drops_the_caller_with_the_error_sentence() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        await asyncio.sleep(0.1)
        assert outcome(refer) == (202, 503, True)
        assert has_hung_up(bob)

    small = transfer(act, document=11200)
    assert len(small.voice.texts) == 1
    assert noted(small) == [11200]


def test_a_transferor_that_hangs_up_at_once_has_transferred_all_the_same() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        bob.referrals.ask(TARGET)
        carol = await callees[1].ringing()
        bob.hang_up()
        await asyncio.sleep(1)
        _, caller_port, carol_port = small.media.ports
        assert len(caller_port.played) == 1, "now it hears the tone"
        carol.answer()
        await asyncio.sleep(1)
        assert caller_port.joined_to is carol_port
        carol.hang_up()

    transfer(act, "referUrl='/refer' answerOnBridge='true'")


@pytest.mark.parametrize("refer_url", ["referUrl='/refer'", ""])
def test_a_bye_right_behind_the_refer_costs_nobody_but_who_sent_it(refer_url: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        bob.referrals.ask(TARGET)
        bob.hang_up()
        if refer_url:
            carol = await callees[1].ringing()
            carol.answer()
            await asyncio.sleep(1)
            carol.hang_up()

    small = transfer(act, refer_url)
    assert small.voice.texts == ([] if refer_url else ["After."])
    assert noted(small) == ([] if refer_url else [13802])


def test_who_is_transferred_may_hang_up_meanwhile() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        refer = bob.referrals.ask(TARGET)
        carol = await callees[1].ringing()
        await caller.hang_up()
        await asyncio.sleep(3)
        assert outcome(refer) == (202, 487, True)
        assert carol.is_ended
        assert has_hung_up(bob)

    transfer(act, "referUrl='/refer' answerOnBridge='true'")


def test_a_refer_that_comes_before_the_bridge_waits_for_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(0.1)
        assert bob.session.state is SessionState.CONFIRMED
        refer = bob.referrals.ask(TARGET)
        await asyncio.sleep(1)
        assert refer.refer_status is None, "its whisper is not over"
        await asyncio.sleep(3)
        assert outcome(refer) == (202, 200, True)
        (await callees[1].ringing()).refuse(486)

    whisper = "<Response><Pause length='3'/></Response>"
    dial = "<Dial referUrl='/refer'><Client url='/whisper'>bob</Client></Dial>"
    with_carol(dial, act, {REFER: TO_CAROL, "http://app.test/whisper": whisper})


@pytest.mark.parametrize(("is_heard", "status"), [(True, 202), (False, 403)])
def test_a_refer_of_a_caller_whose_callee_has_just_answered_waits_for_the_bridge(
    *, is_heard: bool, status: int
) -> None:
    """A whisper makes the moment between the callee's answer and the bridge long enough to be in it."""

    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(0.1)
        refer = leg_of(caller).referrals.ask(TARGET)
        await asyncio.sleep(1)
        assert outcome(refer)[0] is None, "its callee's whisper is not over"
        await asyncio.sleep(3)
        assert outcome(refer)[0] == status
        bob.hang_up()
        await caller.hang_up()

    ends = "" if is_heard else "<Hangup/>"
    whisper = f"<Response><Pause length='3'/>{ends}</Response>"
    dial = "<Dial referUrl='/refer'><Client url='/whisper'>bob</Client></Dial><Pause length='9'/>"
    documents: dict[str, str | int] = {
        REFER: "<Response><Pause/></Response>",
        "http://app.test/whisper": whisper,
    }
    small = on_call(dial, act, documents=documents)
    assert noted(small) == ([] if is_heard else [13802])


def test_without_a_refer_url_the_refer_is_refused_and_the_two_talk_on() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        for leg in (bob, leg_of(caller)):
            refer = leg.referrals.ask(TARGET)
            await asyncio.sleep(1)
            assert outcome(refer) == (403, None, True)
        assert small.media.ports[0].joined_to is small.media.ports[1]
        bob.hang_up()

    small = transfer(act, attributes="")
    assert noted(small) == [13802, 13802]


def test_a_call_that_talks_to_nobody_cannot_be_transferred() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        refer = leg_of(caller).referrals.ask(TARGET)
        await asyncio.sleep(1)
        assert outcome(refer) == (403, None, True)
        await caller.hang_up()

    small = on_call("<Say loop='0'>Hold on.</Say>", act, phones=0)
    assert noted(small) == [13802]


def test_a_target_of_more_than_256_characters_is_refused() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        for length, status in ((254, 202), (255, 400)):
            target = "sip:carol@app.sip.localhost?X-A="
            refer = (bob if status == 400 else leg_of(caller)).referrals.ask(target.ljust(length, "x"))
            await asyncio.sleep(0.1)
            if status == 400:
                assert outcome(refer) == (400, None, True)
            else:
                assert refer.refer_status == 202
                (await callees[1].ringing()).refuse(486)
                await asyncio.sleep(1)
        bob.hang_up()

    small = transfer(act, "referUrl='/refer' answerOnBridge='true'")
    assert len(asked(small)[0]["ReferTransferTarget"]) == 256
    assert 32110 in noted(small)


async def referring(callee: Callee) -> ReferUnderWay:
    leg = await answered(callee)
    await asyncio.sleep(1)
    refer = leg.referrals.ask(TARGET)
    await asyncio.sleep(1)
    return refer


def test_phones_that_refer_to_each_other_come_to_an_end() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        for turn in range(16):
            refer = await referring(callees[turn % 2])
            assert outcome(refer) == (202, 200, True)
        refer = await referring(callees[0])
        assert outcome(refer) == (482, None, True)
        await caller.hang_up()

    dial = "<Dial referUrl='{}'>{}</Dial>"
    small = with_carol(
        dial.format("/refer", BOB),
        act,
        {
            REFER: f"<Response>{dial.format('/back', CAROL)}</Response>",
            "http://app.test/back": f"<Response>{dial.format('/refer', BOB)}</Response>",
        },
    )
    assert noted(small) == [32006]
