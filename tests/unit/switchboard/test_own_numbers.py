"""Calls of the node to its own numbers, in virtual time: both calls, their ends, strangers, loops."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.account import Account, AccountStatus
from offhook.model.application import Application
from offhook.model.call import Call, CallStatus
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import FlowNeeded, Invited
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.switchboard.caller import shown_caller
from offhook.switchboard.own_numbers import CHAIN_MAX, Arrival, OwnNumbers
from offhook.switchboard.place_call import NumberToCall
from offhook.verbs.runner import InlineDocument
from offhook.webhook.ports import CallRequest, ProgressEvent
from tests.support.memory_store import ACCOUNT, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import wanted

VOICE, NUMBER_VOICE, DONE = "http://app.test/voice", "http://number.test/voice", "http://app.test/done"
SUPPORT = "+15550100200"
NUMBER = IncomingPhoneNumber(
    sid="PN" + "9" * 32,
    account_sid=ACCOUNT.sid,
    phone_number=SUPPORT,
    friendly_name="Support",
    created_at=MOMENT,
    updated_at=MOMENT,
    voice_url=NUMBER_VOICE,
    voice_method="GET",
)
OFFICE_LINE = replace(NUMBER, sid="PN" + "8" * 32, phone_number="+15550100999")
DIAL = f"<Dial action='/done' callerId='+15550100999'>{SUPPORT}</Dial>"
ENDLESS = "<Response><Say>Support.</Say><Pause length='600'/></Response>"

Act = Callable[[SmallExchange, PhoneCall], Awaitable[None]]


async def nothing(small: SmallExchange, caller: PhoneCall) -> None:
    """Nobody does anything."""


def on_call(
    answer: str,
    act: Act = nothing,
    *,
    dial: str = DIAL,
    number: IncomingPhoneNumber = NUMBER,
    prepare: Callable[[SmallExchange], None] = lambda small: None,
    documents: Mapping[str, str | int] | None = None,
) -> SmallExchange:
    """A caller of the Domain whose document is `dial`, and what the number answers with."""

    async def scenario() -> SmallExchange:
        shelf: dict[str, str | int] = {
            VOICE: f"<Response>{dial}</Response>",
            NUMBER_VOICE: answer,
            DONE: "<Response><Say>Done.</Say></Response>",
            **(documents or {}),
        }
        async with small_exchange(shelf) as small:
            small.store.incoming_phone_numbers.add(number)
            small.store.incoming_phone_numbers.add(OFFICE_LINE)
            prepare(small)
            caller = await small.dial()
            await act(small, caller)
            await caller.ended()
            assert await small.exchange.drain(60)
        return small

    return run(scenario())


def finals(small: SmallExchange) -> list[Call]:
    """The last record of every call, in the order in which they began."""
    return list({call.sid: call for call in small.store.calls.history}.values())


def asked_of(small: SmallExchange, url: str) -> CallRequest:
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == url]
    return asked


def told(small: SmallExchange) -> dict[str, str]:
    return dict(asked_of(small, DONE).results)


def test_the_number_is_called_as_a_second_inbound_call_and_bridged() -> None:
    async def act(small: SmallExchange, caller: PhoneCall) -> None:
        await asyncio.sleep(5)
        parent_port, child_port, number_port = small.media.ports
        assert parent_port.joined_to is child_port
        assert number_port.joined_to is None, "it runs its own document"

    small = on_call(
        "<Response><Say>Support.</Say><Pause length='10'/></Response>",
        act,
        dial=DIAL.replace("callerId='+15550100999'", ""),
    )
    parent, child, inbound = finals(small)
    assert (child.direction, child.parent_call_sid, child.to) == ("outbound-dial", parent.sid, SUPPORT)
    assert (inbound.direction, inbound.parent_call_sid, inbound.to) == ("inbound", None, SUPPORT)
    assert inbound.from_ == child.from_ == "sip:alice@127.0.0.1"
    assert [call.status for call in (parent, child, inbound)] == [CallStatus.COMPLETED] * 3
    assert inbound.sip_call_id == child.sip_call_id
    assert told(small)["DialCallStatus"] == "completed"
    assert told(small)["DialBridged"] == "true"
    assert [call.phone_number_sid for call in (parent, child, inbound)] == [None, None, NUMBER.sid]
    assert small.voice.texts == ["Support.", "Done."]
    assert small.store.notifications.codes == []


def test_the_number_s_application_sees_a_phone_call() -> None:
    small = on_call("<Response><Say>Support.</Say></Response>")
    asked = asked_of(small, NUMBER_VOICE)
    assert asked.method == "GET"
    assert asked.sip is None
    assert (asked.call.from_, asked.call.to) == ("+15550100999", SUPPORT)
    assert (asked.call.status, asked.application_sid) == (CallStatus.RINGING, None)


@pytest.mark.parametrize(
    ("caller_id", "shown"),
    [
        ("+15550100300", "+15550100300"),
        ("sip:+15550100300@pbx.example", "+15550100300"),
        ("sip:100@pbx.example", "sip:100@pbx.example"),
        ("client:bob", "client:bob"),
        ("Sales", "Sales"),
        ("", "anonymous"),
    ],
)
def test_the_caller_is_a_number_where_the_caller_id_is_one(caller_id: str, shown: str) -> None:
    assert shown_caller(caller_id) == shown


def test_an_application_wins_over_the_number_s_own_urls() -> None:
    application = Application(
        sid="AP" + "1" * 32,
        account_sid=ACCOUNT.sid,
        friendly_name="Sales",
        created_at=MOMENT,
        updated_at=MOMENT,
        voice_url="http://sales.test/voice",
        status_callback="http://sales.test/news",
    )
    small = on_call(
        "<Response/>",
        number=replace(
            NUMBER, voice_application_sid=application.sid, status_callback="http://number.test/news"
        ),
        prepare=lambda small: small.store.applications.add(application),
        documents={"http://sales.test/voice": "<Response><Say>Sales.</Say></Response>"},
    )
    asked = asked_of(small, "http://sales.test/voice")
    assert (asked.method, asked.application_sid) == ("POST", application.sid)
    assert [news.url for news in small.bookshelf.progress] == ["http://sales.test/news"]
    assert small.voice.texts == ["Sales.", "Done."]


def test_the_number_s_status_callback_is_told_the_end_of_its_call_alone() -> None:
    small = on_call(
        "<Response><Pause length='3'/></Response>",
        number=replace(NUMBER, status_callback="http://number.test/news", status_callback_method="GET"),
    )
    (news,) = small.bookshelf.progress
    assert (news.url, news.method, news.event) == ("http://number.test/news", "GET", ProgressEvent.COMPLETED)
    assert (news.call.sid, news.call.direction) == (finals(small)[2].sid, "inbound")


def test_the_fallback_of_the_number_answers_when_its_voice_url_fails() -> None:
    small = on_call(
        "",
        number=replace(
            NUMBER, voice_url="http://number.test/gone", voice_fallback_url="http://number.test/fallback"
        ),
        documents={"http://number.test/fallback": "<Response><Say>Fallback.</Say></Response>"},
    )
    assert small.voice.texts == ["Fallback.", "Done."]


def test_a_number_without_a_voice_url_is_refused_and_said_so() -> None:
    small = on_call("", number=replace(NUMBER, voice_url=None))
    _, child, inbound = finals(small)
    assert (child.status, child.sip_response_code) == (CallStatus.FAILED, 404)
    assert (inbound.status, inbound.duration_s) == (CallStatus.FAILED, None)
    assert told(small)["DialCallStatus"] == "failed"
    (notification,) = small.store.notifications.history
    assert (notification.error_code, notification.call_sid) == (21205, inbound.sid)
    assert notification.message_text == f"{SUPPORT} has no Voice URL; the call was refused with 404"


def test_the_number_of_an_account_that_is_not_active_is_refused() -> None:
    other = Account("AC" + "b" * 32, "Other", Secret("other"), AccountStatus.SUSPENDED, MOMENT, MOMENT)

    def prepare(small: SmallExchange) -> None:
        small.store.accounts.known[other.sid] = other

    small = on_call("<Response/>", number=replace(NUMBER, account_sid=other.sid), prepare=prepare)
    _, child, inbound = finals(small)
    assert (child.account_sid, child.sip_response_code) == (ACCOUNT.sid, 603)
    assert (inbound.account_sid, inbound.status) == (other.sid, CallStatus.FAILED)
    assert small.store.notifications.codes == [10001]
    assert NUMBER_VOICE not in [asked.url for asked in small.bookshelf.asked]


def test_a_number_cannot_be_called_while_the_database_does_not_answer() -> None:
    def prepare(small: SmallExchange) -> None:
        small.store.incoming_phone_numbers.is_busy = True

    small = on_call("<Response/>", prepare=prepare)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.store.notifications.codes == [12400]


def test_a_number_is_unavailable_while_its_application_cannot_be_read() -> None:
    def prepare(small: SmallExchange) -> None:
        small.store.applications.is_busy = True

    small = on_call("", number=replace(NUMBER, voice_application_sid="AP" + "1" * 32), prepare=prepare)
    _, child = finals(small)
    assert (child.status, child.sip_response_code) == (CallStatus.FAILED, 503)
    (refusal,) = small.store.refusals.history
    assert (refusal.status, refusal.matched) == (503, "database")


@pytest.mark.parametrize(
    ("reason", "child_status", "sip_status"), [("busy", "busy", 486), ("rejected", "failed", 404)]
)
def test_a_number_that_rejects_is_what_the_dial_comes_to(
    reason: str, child_status: str, sip_status: int
) -> None:
    small = on_call(f"<Response><Reject reason='{reason}'/></Response>")
    _, child, inbound = finals(small)
    assert (child.status, child.sip_response_code) == (child_status, sip_status)
    assert inbound.answered_at is None
    assert told(small)["DialCallStatus"] == child_status
    assert small.voice.texts == ["Done."]


def test_the_caller_who_hangs_up_ends_all_three() -> None:
    async def act(small: SmallExchange, caller: PhoneCall) -> None:
        await asyncio.sleep(9)
        await caller.hang_up()
        await asyncio.sleep(1)
        assert small.exchange.calls == 0

    small = on_call(ENDLESS, act)
    _, child, inbound = finals(small)
    assert (child.status, inbound.status) == (CallStatus.COMPLETED, CallStatus.COMPLETED)
    assert small.voice.texts == ["Support."]


def test_a_number_that_does_not_answer_in_time_is_given_up() -> None:
    small = on_call(
        "<Response><Pause length='60'/></Response>", dial=DIAL.replace("action", "timeout='10' action")
    )
    _, child, inbound = finals(small)
    assert (child.status, inbound.status) == (CallStatus.NO_ANSWER, CallStatus.NO_ANSWER)
    assert told(small)["DialCallStatus"] == "no-answer"


# Strangers


def test_a_stranger_who_calls_the_number_is_refused_as_ever() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response/>"}) as small:
            small.store.incoming_phone_numbers.add(NUMBER)
            call = PhoneCall(small.caller, small.caller_media, SeededChance(7))
            small.calls.append(call)
            node = small.node.addresses[0]
            await call.dial(
                Invitation(
                    uri=SipUri.parse(f"sip:{SUPPORT}@{node}"),
                    from_uri=SipUri.parse("sip:+15550100999@sip.localhost"),
                    headers=(("X-Twilio-CallSid", "CA" + "1" * 32),),
                )
            )
            await call.ended()
            (refusal,) = small.store.refusals.history
            assert refusal.status == 403
            assert small.store.calls.history == []
            assert small.bookshelf.asked == []

    run(scenario())


HERE, STRANGER = Address("127.0.0.1", 5060), Address("127.0.0.1", 6060)


def sent_and_came(agent: UserAgent, flow_there: Flow, came_on: Flow) -> tuple[InviteSession, InviteSession]:
    """An INVITE that leaves on one flow and comes in on another, at the same user agent."""
    uri = SipUri.parse(f"sip:{SUPPORT}@127.0.0.1:5060")
    sent = agent.invite(Invitation(uri=uri, from_uri=uri), 0.0)
    needed = agent.poll_event()
    assert isinstance(needed, FlowNeeded)
    agent.handle_flow(needed.request_id, flow_there, 0.0)
    transmit = agent.poll_transmit()
    assert transmit is not None
    agent.handle_datagram(transmit.data, came_on, 0.0)
    invited = agent.poll_event()
    assert isinstance(invited, Invited)
    return sent, invited.session


def flow(local: Address, remote: Address, transport: Transport = Transport.UDP) -> Flow:
    return Flow(transport, local, remote, local)


def expecting(numbers: OwnNumbers, sent: InviteSession) -> Arrival:
    arrival = Arrival(NUMBER, "+15550100999", numbers.begin("CA1", None))
    numbers.expect("CA1", (sent,), arrival)
    return arrival


def test_an_invite_of_one_s_own_is_known_once() -> None:
    numbers = OwnNumbers()
    sent, came = sent_and_came(UserAgent(Settings(), SeededChance(1)), flow(HERE, HERE), flow(HERE, HERE))
    arrival = expecting(numbers, sent)
    assert numbers.take(came) is arrival
    assert numbers.take(came) is None


@pytest.mark.parametrize(
    "came_on",
    [flow(HERE, STRANGER), flow(HERE, HERE, Transport.TCP), flow(STRANGER, HERE)],
    ids=["another address", "another transport", "another listener"],
)
def test_a_stranger_who_knows_all_that_was_sent_is_a_stranger_yet(came_on: Flow) -> None:
    numbers = OwnNumbers()
    sent, came = sent_and_came(UserAgent(Settings(), SeededChance(1)), flow(HERE, HERE), came_on)
    expecting(numbers, sent)
    assert numbers.take(came) is None
    assert len(numbers) == 1, "the right one may come yet"


def test_nothing_is_expected_of_a_call_that_ended() -> None:
    numbers = OwnNumbers()
    sent, came = sent_and_came(UserAgent(Settings(), SeededChance(1)), flow(HERE, HERE), flow(HERE, HERE))
    expecting(numbers, sent)
    numbers.end("CA1")
    assert (numbers.take(came), len(numbers)) == (None, 0)


# By the API


def on_placed(to: str, answer: str, *, is_draining: bool = False) -> SmallExchange:
    async def scenario() -> SmallExchange:
        async with small_exchange({NUMBER_VOICE: answer}) as small:
            small.store.incoming_phone_numbers.add(NUMBER)
            start = InlineDocument("<Response><Say>Caller.</Say><Pause length='9'/></Response>")
            small.exchange.place(
                replace(wanted("sip:x@y", start=start), to=NumberToCall(to), from_="+15550100999")
            )
            if not is_draining:
                await asyncio.sleep(30)
                assert small.exchange.calls == 0
            assert await small.exchange.drain(60)
        return small

    return run(scenario())


@pytest.mark.parametrize("is_draining", [False, True])
def test_a_call_that_the_api_places_is_answered_by_the_number(is_draining: bool) -> None:
    answer = "<Response><Say>Support.</Say><Pause length='5'/></Response>"
    small = on_placed(SUPPORT, answer, is_draining=is_draining)
    placed, inbound = finals(small)
    assert (placed.direction, placed.to, placed.status) == ("outbound-api", SUPPORT, CallStatus.COMPLETED)
    assert (inbound.direction, inbound.to, inbound.from_) == ("inbound", SUPPORT, "+15550100999")
    assert sorted(small.voice.texts) == ["Caller.", "Support."]


def test_a_placed_call_to_a_number_of_nobody_s_fails_with_32010() -> None:
    small = on_placed("+15550100777", "<Response/>")
    (placed,) = finals(small)
    assert (placed.status, small.store.notifications.codes) == (CallStatus.FAILED, [32010])


def test_a_placed_call_to_a_number_that_dials_itself_comes_to_an_end() -> None:
    small = on_placed(SUPPORT, f"<Response><Dial>{SUPPORT}</Dial></Response>")
    assert len([call for call in finals(small) if call.direction == "inbound"]) == CHAIN_MAX
    assert small.store.notifications.codes == [32006]


def test_a_node_that_is_full_refuses_its_own_call_as_well() -> None:
    async def scenario() -> None:
        async with small_exchange({}) as small:
            small.store.incoming_phone_numbers.add(NUMBER)
            small.exchange._calls_max = 1
            small.exchange.place(replace(wanted("sip:x@y"), to=NumberToCall(SUPPORT)))
            assert await small.exchange.drain(60)
            (placed,) = finals(small)
            assert (placed.status, placed.sip_response_code) == (CallStatus.FAILED, 503)

    run(scenario())


# Loops


@pytest.mark.parametrize(
    "answer",
    [
        f"<Response><Dial>{SUPPORT}</Dial></Response>",
        f"<Response><Dial>{SUPPORT}</Dial><Dial>{SUPPORT}</Dial></Response>",
        f"<Response><Dial>{f'<Number>{SUPPORT}</Number>' * 10}</Dial></Response>",
        f"<Response><Dial answerOnBridge='true'>{SUPPORT}</Dial></Response>",
    ],
    ids=["once", "and again", "ten times at once", "unanswered"],
)
def test_a_number_that_dials_itself_comes_to_an_end(answer: str) -> None:
    small = on_call(answer, documents={DONE: "<Response/>"})
    calls = finals(small)
    assert len([call for call in calls if call.to == SUPPORT and call.direction == "inbound"]) == CHAIN_MAX
    looped = [each for each in small.store.notifications.history if each.error_code == 32006]
    assert looped
    too_many = f"more than {CHAIN_MAX} calls to numbers of this node grew out of one call: a loop"
    assert looped[0].message_text == f"{SUPPORT} was not called: {too_many}"
    assert all(call.status.is_final for call in calls)


def test_numbers_may_be_called_one_after_the_other_as_often_as_one_likes() -> None:
    small = on_call("<Response><Reject/></Response>", dial=f"<Dial>{SUPPORT}</Dial>" * (CHAIN_MAX + 3))
    assert small.store.notifications.codes == []
    assert len(finals(small)) == 1 + 2 * (CHAIN_MAX + 3)
