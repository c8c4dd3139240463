"""What the caller of a Dial hears before the answer: early media of the callee, or our tone."""

import asyncio

import pytest

from offhook.call.leg import Leg
from offhook.media.ports import MediaPlan
from offhook.model.call import CallStatus
from offhook.phone.phone_call import PhoneCall
from offhook.sdp.session_description import SessionDescription
from tests.support.callee import Callee
from tests.support.silent_media import SilentPort
from tests.support.small_exchange import SmallExchange
from tests.unit.verbs.test_dial import BOB, WHISPER, child, is_bridged, on_call, told


def partner(port: SilentPort) -> SilentPort | None:
    return port.joined_to


def plan(port: SilentPort) -> MediaPlan:
    """What it was told last."""
    assert port.plan is not None
    return port.plan


async def early(callee: Callee) -> Leg:
    """The next call that comes, answered by 183 with SDP."""
    leg = await callee.ringing()
    assert leg.open_early_media()
    await asyncio.sleep(1)
    return leg


def test_the_only_callee_that_rings_is_heard_in_place_of_our_tone_and_on_from_its_answer() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(1)
        caller_port, callee_port = small.media.ports
        assert not is_bridged(caller_port)
        assert leg.open_early_media()
        await asyncio.sleep(1)
        assert partner(caller_port) is callee_port
        assert not caller_port.is_playing
        assert plan(callee_port).receives
        assert child(small).status is CallStatus.RINGING
        leg.answer()
        await asyncio.sleep(1)
        assert partner(caller_port) is callee_port
        assert caller_port.joins == 1, "never apart"
        assert plan(callee_port).receives
        leg.hang_up()
        await asyncio.sleep(1)
        assert partner(caller_port) is None

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert (told(small)["DialBridged"], told(small)["DialCallDuration"]) == ("true", "1")


def test_with_a_ring_tone_the_caller_hears_that() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        caller_port = small.media.ports[0]
        assert (partner(caller_port), caller_port.is_playing) == (None, True)
        leg.answer()
        await asyncio.sleep(1)
        assert partner(caller_port) is small.media.ports[1]
        leg.hang_up()

    on_call(f"<Dial ringTone='de'>{BOB}</Dial>", act)


@pytest.mark.parametrize(
    ("nouns", "phones"),
    [(BOB, 2), (BOB + "<Sip>bob@app.sip.localhost</Sip>", 1)],
    ids=["two phones of one user", "two nouns"],
)
def test_while_several_ring_the_caller_hears_our_tone(nouns: str, phones: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        legs = [await callee.ringing() for callee in callees]
        if phones == 1:
            legs.append(await callees[0].ringing())
        assert legs[0].open_early_media()
        await asyncio.sleep(1)
        caller_port = small.media.ports[0]
        assert (partner(caller_port), caller_port.is_playing) == (None, True)
        legs[1].answer()
        await asyncio.sleep(1)
        assert partner(caller_port) is not None
        legs[1].hang_up()

    on_call(f"<Dial>{nouns}</Dial>", act, phones=phones)


def test_a_whisper_is_not_heard_and_the_tone_is_meanwhile() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        caller_port, callee_port = small.media.ports
        assert partner(caller_port) is callee_port
        leg.answer()
        await asyncio.sleep(5)
        assert (partner(caller_port), caller_port.is_playing) == (None, True)
        await asyncio.sleep(6)
        assert partner(caller_port) is callee_port
        assert not caller_port.is_playing
        leg.hang_up()

    on_call(
        "<Dial><Client url='/whisper'>bob</Client></Dial>",
        act,
        documents={WHISPER: "<Response><Pause length='10'/></Response>"},
    )


def test_an_announcement_before_a_refusal_is_heard_to_its_end() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        caller_port, callee_port = small.media.ports
        assert partner(caller_port) is callee_port
        leg.refuse(404)
        await asyncio.sleep(0.1)
        assert partner(caller_port) is None

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.voice.texts == ["Done."]


def test_a_callee_that_does_not_answer_in_time_is_heard_no_more() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        await asyncio.sleep(10)
        assert leg.is_ended
        assert partner(small.media.ports[0]) is None

    small = on_call(f"<Dial timeout='5' action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "no-answer"


def test_the_next_uri_rings_with_our_tone_again() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first = await early(callees[0])
        caller_port, callee_port = small.media.ports
        assert partner(caller_port) is callee_port
        first.refuse(503)
        second = await callees[0].ringing()
        await asyncio.sleep(1)
        assert (partner(caller_port), caller_port.is_playing) == (None, True)
        assert not plan(callee_port).sends, "who refused is sent nothing more"
        assert second.open_early_media()
        await asyncio.sleep(1)
        assert partner(caller_port) is callee_port
        second.answer()
        await asyncio.sleep(1)
        second.hang_up()

    uri = "<Uri>bob@app.sip.localhost</Uri>"
    small = on_call(f"<Dial action='/done'><Sip>{uri}{uri}</Sip></Dial>", act)
    assert told(small)["DialBridged"] == "true"


def test_a_caller_that_is_left_ringing_hears_the_callee_behind_183_with_sdp() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(1)
        before = caller.is_audible
        assert leg.open_early_media()
        await asyncio.sleep(1)
        callee_port, caller_port = small.media.ports
        assert (before, caller.is_audible) == (False, True)
        assert partner(caller_port) is callee_port
        assert small.store.calls.history[0].status is CallStatus.RINGING
        leg.answer()
        await caller.answered()
        await asyncio.sleep(1)
        assert (partner(caller_port), caller_port.joins) == (callee_port, 1)
        assert plan(caller_port).receives
        assert len(small.media.ports) == 2
        assert plan(small.caller_media.ports[0]).remote_port == caller_port.rtp_port
        leg.hang_up()

    small = on_call(f"<Dial answerOnBridge='true'>{BOB}</Dial>", act)
    assert small.voice.texts == ["After."]


@pytest.mark.parametrize("how", ["refused", "given up"])
def test_a_call_that_ends_with_early_media_frees_its_port(how: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        if how == "refused":
            leg.refuse(486)
        else:
            await caller.hang_up()
        await asyncio.sleep(1)
        assert leg.is_ended

    small = on_call(f"<Dial answerOnBridge='true'>{BOB}</Dial>", act, after="<Reject reason='busy'/>")
    statuses = {call.sid: call.status for call in small.store.calls.history}
    assert list(statuses.values()) == (["busy"] * 2 if how == "refused" else ["no-answer"] * 2)
    assert all(port.is_closed for port in small.media.ports)


def test_a_caller_that_was_left_ringing_hears_our_tone_once_the_early_media_is_over() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first = await early(callees[0])
        first.refuse(486)
        second = await callees[0].ringing()
        await asyncio.sleep(1)
        caller_port = small.media.ports[1]
        assert (partner(caller_port), caller_port.is_playing) == (None, True)
        second.answer()
        await caller.answered()
        await asyncio.sleep(1)
        assert (partner(caller_port), caller_port.is_playing) == (small.media.ports[2], False)
        second.hang_up()

    on_call(
        f"<Dial answerOnBridge='true' sequential='true'>{BOB}<Sip>bob@app.sip.localhost</Sip></Dial>", act
    )


def test_a_ring_tone_keeps_a_caller_that_is_left_ringing_on_its_own() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        assert not caller.is_audible
        assert len(small.media.ports) == 1
        leg.refuse(486)

    on_call(f"<Dial answerOnBridge='true' ringTone='us'>{BOB}</Dial>", act)


def test_a_change_of_the_early_media_is_taken_and_stays_with_the_answer() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        (callee_port,) = small.media.ports[1:]
        before = plan(callee_port).remote_port
        said = leg.session.usage.negotiation.local if leg.session.usage is not None else None
        assert said is not None
        description = SessionDescription.parse(said)
        assert description.media[0].port == before
        moved = said.replace(f"m=audio {before} ".encode(), f"m=audio {before + 20} ".encode())
        leg.session.modify(moved, callees[0].driver.now())
        callees[0].driver.flush()
        await asyncio.sleep(1)
        assert plan(callee_port).remote_port == before + 20
        leg.answer()
        await asyncio.sleep(1)
        assert plan(callee_port).remote_port == before + 20
        assert plan(callee_port).receives
        leg.hang_up()

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialBridged"] == "true"


@pytest.mark.parametrize("attributes", ["", "answerOnBridge='true'"], ids=["answered", "left ringing"])
def test_nobody_has_to_speak_before_the_answer_and_everybody_from_there_on(attributes: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await early(callees[0])
        (callee_port,) = [port for port in small.media.ports if port.rtp_port == leg_target(leg)]
        before = len(callee_port.plans)
        for port in small.media.ports if attributes else [callee_port]:
            port.fall_silent(60_000)
        if attributes:
            small.caller_media.ports[0].fall_silent(60_000)
        await asyncio.sleep(1)
        assert not leg.is_ended
        leg.answer()
        await asyncio.sleep(1)
        assert [each.receives for each in callee_port.plans[before:]] == [False, True], "it begins anew"
        callee_port.fall_silent(60_000)
        await asyncio.sleep(1)
        assert leg.is_ended

    small = on_call(f"<Dial action='/done' {attributes}>{BOB}</Dial>", act)
    assert told(small)["DialBridged"] == "true"
    assert small.store.notifications.codes == [32014]


def leg_target(leg: Leg) -> int:
    """The port that it sends to."""
    return SessionDescription.parse(leg.session.request.body).media[0].port
