"""`<Dial>` in virtual time: who rings, who is bridged, what ends it, and what the action is told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.call.leg import Leg
from offhook.call.leg_state import LegCause
from offhook.model.call import Call, CallStatus
from offhook.model.sip_domain import SipDomain
from offhook.phone.phone_call import PhoneCall
from offhook.switchboard.update_call import CallUpdate
from offhook.webhook.ports import ProgressEvent, ProgressNews
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT
from tests.support.silent_media import SilentPort
from tests.support.small_exchange import SmallExchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import OFFICE, answers_late, office

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
WHISPER = "http://app.test/whisper"
BOB = "<Client>bob</Client>"
AFTER = "<Say>After.</Say>"

Act = Callable[[SmallExchange, PhoneCall, list[Callee]], Awaitable[None]]


def on_call(
    dial: str,
    act: Act,
    phones: int = 1,
    documents: dict[str, str | int] | None = None,
    *,
    after: str = AFTER,
    domain: SipDomain = OFFICE,
    before: Callable[[SmallExchange], None] = lambda _: None,
) -> SmallExchange:
    """A caller whose document is `dial`; `act` is what everybody does."""

    async def scenario() -> SmallExchange:
        shelf: dict[str, str | int] = {
            VOICE: f"<Response>{dial}{after}</Response>",
            DONE: "<Response><Say>Done.</Say></Response>",
            **(documents or {}),
        }
        async with office(*range(40, 40 + phones), documents=shelf, domain=domain) as (small, callees):
            before(small)
            caller = await small.dial()
            await act(small, caller, callees)
            await caller.ended()
            assert await small.exchange.drain(60)
        return small

    return run(scenario())


def child(small: SmallExchange) -> Call:
    """The last record of the last child."""
    return [call for call in small.store.calls.history if call.parent_call_sid is not None][-1]


def told(small: SmallExchange) -> dict[str, str]:
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == DONE]
    return dict(asked.results)


def is_bridged(port: SilentPort) -> bool:
    return port.joined_to is not None


async def answered(callee: Callee) -> Leg:
    leg = await callee.ringing()
    leg.answer()
    return leg


def test_the_callee_is_bridged_and_its_end_goes_on_with_the_next_verb() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        assert leg.session.request.headers.get("X-Twilio-CallSid") == child(small).sid
        await asyncio.sleep(3)
        caller_port, callee_port = small.media.ports
        assert len(caller_port.played) == 1, "the ringback"
        leg.answer()
        await asyncio.sleep(10)
        assert caller_port.joined_to is callee_port
        leg.hang_up()
        await asyncio.sleep(1)
        assert not is_bridged(caller_port)

    small = on_call(f"<Dial>{BOB}</Dial>", act)
    assert small.voice.texts == ["After."]
    record = child(small)
    parent = small.store.calls.history[0]
    assert (record.parent_call_sid, record.direction, record.to) == (
        parent.sid,
        "outbound-dial",
        "client:bob",
    )
    assert (record.status, record.duration_s) == (CallStatus.COMPLETED, 10)


def test_the_caller_who_hangs_up_takes_the_callee_along_and_the_action_is_asked_all_the_same() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(5)
        await caller.hang_up()
        await asyncio.sleep(1)
        assert leg.end is not None
        assert leg.end.cause is LegCause.HUNG_UP_THERE

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialBridged"] == "true"
    assert small.voice.texts == []


@pytest.mark.parametrize(
    ("noun", "is_sip"), [(BOB, False), ("<Sip>bob@app.sip.localhost</Sip>", True)], ids=["Client", "Sip"]
)
def test_the_action_is_told_what_came_of_it_and_takes_over(noun: str, is_sip: bool) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(7)
        leg.hang_up()

    small = on_call(f"<Dial action='/done'>{noun}</Dial>", act)
    assert small.voice.texts == ["Done."]
    record = child(small)
    of_sip = {"DialSipCallId": record.sip_call_id, "DialSipResponseCode": "200"}
    assert told(small) == {
        "DialCallStatus": "completed",
        "DialBridged": "true",
        "DialCallSid": record.sid,
        "DialCallDuration": "7",
        **(of_sip if is_sip else {}),
    }


@pytest.mark.parametrize(
    ("sip_status", "status"), [(486, "busy"), (603, "no-answer"), (480, "no-answer"), (404, "failed")]
)
def test_a_refusal_is_the_status_of_the_dial(sip_status: int, status: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(sip_status)

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    results = told(small)
    assert (results["DialCallStatus"], results["DialBridged"]) == (status, "false")
    assert results["DialCallDuration"] == "0"


@pytest.mark.parametrize("how", ["answered", "refused"])
def test_the_action_is_told_the_x_headers_of_the_final_response(how: str) -> None:
    said = (
        ("X-Desk", "7"),
        ("x-note", "a=1;b=2"),
        ("X-Note", "again"),
        ("X-Twilio-CallSid", "CAforged"),
        ("User-to-User", "1234;encoding=hex"),
    )

    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        if how == "refused":
            leg.refuse(486, headers=said)
        else:
            leg.answer(said)
            await asyncio.sleep(1)
            leg.hang_up()

    small = on_call("<Dial action='/done'><Sip>bob@app.sip.localhost</Sip></Dial>", act)
    results = told(small)
    assert {name: value for name, value in results.items() if name.startswith("DialSipHeader_")} == {
        "DialSipHeader_X-Desk": "7",
        "DialSipHeader_x-note": "a=1;b=2, again",
    }
    assert results["DialSipCallId"] == child(small).sip_call_id


def test_of_several_that_fail_the_one_that_is_told_says_its_headers() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(486, headers=(("X-Why", "in a meeting"),))
        (await callees[0].ringing()).refuse(480, headers=(("X-Why", "asleep"),))

    nouns = "<Sip>bob@app.sip.localhost</Sip>" * 2
    small = on_call(f"<Dial action='/done'>{nouns}</Dial>", act)
    assert (told(small)["DialCallStatus"], told(small)["DialSipHeader_X-Why"]) == ("busy", "in a meeting")


def test_of_two_that_answer_at_once_one_is_hung_up() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        legs = [await callees[0].ringing() for _ in range(2)]
        for leg in legs:
            leg.answer()
        await asyncio.sleep(2)
        (loser,) = [leg for leg in legs if leg.is_ended]
        assert loser.end is not None
        assert loser.end.cause is LegCause.HUNG_UP_THERE
        (winner,) = [leg for leg in legs if leg is not loser]
        winner.hang_up()

    small = on_call(f"<Dial action='/done'>{'<Sip>bob@app.sip.localhost</Sip>' * 2}</Dial>", act)
    assert told(small)["DialBridged"] == "true"


def test_the_action_of_a_caller_who_has_gone_is_told_how_long_they_talked() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await answered(callees[0])
        await asyncio.sleep(5)
        await caller.hang_up()

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallDuration"] == "5"


def test_nobody_answers_within_the_timeout_and_five_seconds() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(14.5)
        assert not leg.is_ended
        await asyncio.sleep(1)
        assert leg.is_ended

    small = on_call(f"<Dial timeout='10' action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "no-answer"


BOB_AS_SIP = "<Sip statusCallback='/news'>bob@app.sip.localhost</Sip>"


@pytest.mark.parametrize("how", ["no-answer", "canceled", "the caller hangs up"])
def test_the_end_of_a_callee_that_is_called_no_more_is_told_in_full(how: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await callees[0].ringing()
        if how == "canceled":
            await small.exchange.update(ACCOUNT.sid, child(small).sid, CallUpdate(status=CallStatus.CANCELED))
        elif how == "the caller hangs up":
            await caller.hang_up()

    small = on_call(f"<Dial timeout='5' action='/done'>{BOB_AS_SIP}</Dial>", act)
    record = child(small)
    assert record.sip_call_id is not None
    assert told(small) == {
        "DialCallStatus": "canceled" if how == "canceled" else "no-answer",
        "DialBridged": "false",
        "DialCallSid": record.sid,
        "DialCallDuration": "0",
        "DialSipCallId": record.sip_call_id,
        "DialSipResponseCode": "487",
    }
    (news,) = small.bookshelf.progress
    assert (news.call.status, news.call.sip_response_code) == (told(small)["DialCallStatus"], 487)


def test_a_callee_that_does_not_answer_our_cancel_holds_nobody_up() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        session = await callees[0].invited.get()
        session.ring(callees[0].driver.now())
        callees[0].driver.flush()
        await asyncio.sleep(1)
        callees[0].driver.close()
        await asyncio.sleep(9.1)
        assert told(small)["DialSipResponseCode"] == "487"

    on_call(f"<Dial timeout='5' action='/done'>{BOB_AS_SIP}</Dial>", act)


def test_a_callee_that_is_not_found_within_the_timeout_is_not_called_any_more() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        answers_late(small, 11.0)
        await asyncio.sleep(20)

    noun = "<Sip statusCallback='/news'>sip:x@127.0.0.9</Sip>"
    small = on_call(f"<Dial timeout='5' action='/done'>{noun}</Dial>", act)
    assert (told(small)["DialCallStatus"], told(small)["DialCallDuration"]) == ("no-answer", "0")
    (news,) = small.bookshelf.progress
    assert news.call.status is CallStatus.NO_ANSWER
    assert child(small).sip_call_id is None, "there was no INVITE"


def test_no_answer_says_more_than_a_failure_before_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await callees[0].ringing()

    nouns = f"{BOB_AS_SIP}<Sip>carol@app.sip.localhost</Sip>"
    small = on_call(f"<Dial timeout='5' action='/done'>{nouns}</Dial>", act)
    assert (told(small)["DialCallStatus"], told(small)["DialSipResponseCode"]) == ("no-answer", "487")


def test_of_two_that_failed_alike_the_last_to_finish_is_told() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first, second = [await callees[0].ringing() for _ in range(2)]
        second.refuse(486, headers=(("X-Why", "at lunch"),))
        await asyncio.sleep(1)
        first.refuse(486, headers=(("X-Why", "in a meeting"),))

    small = on_call(f"<Dial action='/done'>{BOB_AS_SIP * 2}</Dial>", act)
    assert told(small)["DialSipHeader_X-Why"] == "in a meeting"


def test_a_database_that_does_not_answer_fails_the_call_and_the_document_goes_on() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await asyncio.sleep(1)

    def stall(small: SmallExchange) -> None:
        small.store.sip_domains.is_busy_for.add("other.sip.localhost")

    small = on_call("<Dial><Sip>bob@other.sip.localhost</Sip></Dial>", act, before=stall)
    assert small.store.notifications.codes == [12400]
    assert (child(small).status, small.voice.texts) == (CallStatus.FAILED, ["After."])


def test_who_is_not_registered_fails_with_32009() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    small = on_call("<Dial action='/done'><Sip>carol@app.sip.localhost</Sip></Dial>", act, phones=0)
    assert (told(small)["DialCallStatus"], told(small)["DialSipResponseCode"]) == ("failed", "480")
    assert small.store.notifications.codes == [32009]


def test_a_number_fails_with_32010_while_there_is_no_trunk() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    small = on_call("<Dial action='/done'>+15551234567</Dial>", act, phones=0)
    assert told(small)["DialCallStatus"] == "failed"
    assert (child(small).to, small.store.notifications.codes) == ("+15551234567", [32010])


def test_all_phones_of_the_user_ring_and_the_first_one_talks() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        legs = [await callee.ringing() for callee in callees]
        legs[1].answer()
        await asyncio.sleep(1)
        assert [leg.is_ended for leg in legs] == [True, False, True]
        legs[1].hang_up()

    on_call(f"<Dial>{BOB}</Dial>", act, phones=3)


def test_of_two_nouns_the_first_to_answer_talks_and_the_other_is_let_go_of() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first, second = await callees[0].ringing(), await callees[0].ringing()
        second.answer()
        await asyncio.sleep(1)
        assert (first.is_ended, second.is_ended) == (True, False)
        second.hang_up()

    small = on_call(f"<Dial action='/done'>{BOB}<Sip>bob@app.sip.localhost</Sip></Dial>", act)
    assert told(small)["DialCallStatus"] == "completed"
    statuses = {call.sid: call.status for call in small.store.calls.history if call.parent_call_sid}
    assert sorted(statuses.values()) == ["completed", "no-answer"]


def test_sequential_nouns_ring_one_after_the_other() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first = await callees[0].ringing()
        await asyncio.sleep(2)
        assert len(small.media.ports) == 2, "one at a time"
        first.refuse(486)
        second = await answered(callees[0])
        await asyncio.sleep(1)
        second.hang_up()

    small = on_call(
        f"<Dial sequential='true' action='/done'>{BOB}<Sip>bob@app.sip.localhost</Sip></Dial>", act
    )
    assert told(small)["DialCallStatus"] == "completed"


def test_busy_says_more_than_no_answer_when_nobody_talks() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(486)
        (await callees[0].ringing()).refuse(480)

    small = on_call(f"<Dial action='/done'>{BOB}<Sip>bob@app.sip.localhost</Sip></Dial>", act)
    assert told(small)["DialCallStatus"] == "busy"


def test_a_phone_that_is_registered_is_not_followed_where_it_redirects_to() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        session = await callees[0].invited.get()
        contact = (("Contact", f"<sip:bob@{callees[0].address}>"),)
        session.reject(302, callees[0].driver.now(), headers=contact)
        callees[0].driver.flush()
        await asyncio.sleep(1)
        assert callees[0].invited.empty()

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.store.notifications.codes == [32219]


def test_a_domain_of_ours_without_a_user_is_nobody() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    small = on_call("<Dial action='/done'><Sip>sip:app.sip.localhost</Sip></Dial>", act, phones=0)
    assert (told(small)["DialCallStatus"], small.store.notifications.codes) == ("failed", [32223])


def test_a_callee_that_the_account_cancels_is_canceled() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await callees[0].ringing()
        await small.exchange.update(ACCOUNT.sid, child(small).sid, CallUpdate(status=CallStatus.CANCELED))

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "canceled"


@pytest.mark.parametrize(
    "noun",
    ["<Client {}>zzz</Client>", "<Sip {}>carol@app.sip.localhost</Sip>", "<Number {}>+15551234567</Number>"],
)
def test_a_noun_tells_of_no_ringing_where_nobody_was_called(noun: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    callback = "statusCallback='/news' statusCallbackEvent='initiated ringing answered completed'"
    small = on_call(f"<Dial>{noun.format(callback)}</Dial>", act, phones=0)
    assert [each.event.value for each in small.bookshelf.progress] == ["initiated", "completed"]


def test_a_noun_tells_that_its_call_was_canceled() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await callees[0].ringing()
        await small.exchange.update(ACCOUNT.sid, child(small).sid, CallUpdate(status=CallStatus.CANCELED))

    small = on_call("<Dial><Client statusCallback='/news'>bob</Client></Dial>", act)
    (news,) = small.bookshelf.progress
    assert (news.event, news.call.status) == (ProgressEvent.COMPLETED, CallStatus.CANCELED)


def test_the_caller_id_and_the_headers_of_the_uri_are_in_the_invite() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        request = leg.session.request
        assert str(request.from_.uri) == "sip:reception@app.sip.localhost"
        assert request.headers.get("X-Order") == "47 11"
        leg.refuse(486)

    on_call("<Dial callerId='reception'><Sip>bob@app.sip.localhost?X-Order=47%2011</Sip></Dial>", act)


def test_without_a_caller_id_the_user_of_the_caller_is_shown() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        assert leg.session.request.from_.uri.username == "alice"
        leg.refuse(486)

    on_call(f"<Dial>{BOB}</Dial>", act)


def test_a_noun_tells_how_its_call_goes() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(1)
        leg.hang_up()

    events = "initiated ringing answered completed"
    noun = f"<Client statusCallback='/news' statusCallbackEvent='{events}'>bob</Client>"
    small = on_call(f"<Dial>{noun}</Dial>", act)
    news: list[ProgressNews] = small.bookshelf.progress
    assert [each.event.value for each in news] == events.split()
    assert {each.url for each in news} == {"http://app.test/news"}
    assert {each.call.parent_call_sid for each in news} == {small.store.calls.history[0].sid}


def test_digits_are_sent_to_the_callee_before_the_bridge() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(0.3)
        assert not is_bridged(small.media.ports[0]), "four keys take 0.8 s"
        await asyncio.sleep(1)
        assert is_bridged(small.media.ports[0])
        leg.hang_up()

    on_call("<Dial><Sip sendDigits='1234'>bob@app.sip.localhost</Sip></Dial>", act)


def test_nobody_is_called_while_the_node_is_full() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    async def scenario() -> None:
        documents = {VOICE: f"<Response><Dial action='/done'>{BOB}</Dial></Response>", DONE: "<Response/>"}
        async with office(60, documents=documents) as (small, _):
            small.exchange._calls_max = 1
            await (await small.dial()).ended()
            await small.exchange.drain(10)
            assert told(small)["DialCallStatus"] == "failed"

    run(scenario())
