"""A call from its INVITE to its record, in virtual time: what the caller sees and what is written down."""

import asyncio
import socket
from dataclasses import replace

import pytest
import structlog

from offhook.call.leg_state import LegCause
from offhook.model.call import CallStatus
from offhook.phone.phone_call import CallNotAnsweredError
from offhook.sip.event import Event, Invited
from offhook.verbs.runner import ERROR_SENTENCE
from tests.support.memory_store import ACCOUNT, DOMAIN
from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"


def statuses(history: list[object]) -> list[str]:
    return [str(call.status) for call in history]  # type: ignore[attr-defined]


def test_a_call_is_answered_spoken_to_and_hung_up() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Say>Hello there.</Say></Response>"}) as small:
            call = await small.call()
            end = await call.ended()
            assert end.cause is LegCause.HUNG_UP_THERE
            assert small.voice.texts == ["Hello there."]
            assert len(small.port.played) == 1
            (caller_port,) = small.caller_media.ports
            assert small.port.plan is not None
            assert caller_port.plan is not None
            assert small.port.plan.remote_port == caller_port.rtp_port
            assert caller_port.plan.remote_port == small.port.rtp_port
            await small.exchange.drain(10)
            assert statuses(list(small.store.calls.history)) == ["ringing", "in-progress", "completed"]
            record = small.store.calls.last
            assert (record.account_sid, record.direction) == (ACCOUNT.sid, "inbound")
            assert record.duration_s == 1
            assert (record.to, record.from_) == ("sip:anyone@app.sip.localhost", "sip:alice@127.0.0.1")
            assert small.store.notifications.codes == []

    run(scenario())


def test_the_first_request_carries_the_call_as_ringing_with_its_sip_parameters() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Hangup/></Response>"}) as small:
            call = await small.dial(headers=(("X-Order", "4711"),))
            await call.ended()
            (asked,) = small.bookshelf.asked
            assert (asked.url, asked.method, asked.call.status) == (VOICE, "POST", CallStatus.RINGING)
            assert asked.sip is not None
            assert (asked.sip.domain, asked.sip.domain_sid) == (DOMAIN.domain_name, DOMAIN.sid)
            assert asked.sip.source_ip == "127.0.0.1"
            assert ("X-Order", "4711") in asked.sip.headers

    run(scenario())


def test_the_caller_gives_up_while_it_rings() -> None:
    async def scenario() -> None:
        document = "<Response><Pause length='30'/><Say>Too late.</Say></Response>"
        async with small_exchange({VOICE: document}) as small:
            call = await small.dial()
            await asyncio.sleep(5)
            await call.hang_up()
            await small.exchange.drain(10)
            assert small.voice.texts == []
            assert statuses(list(small.store.calls.history)) == ["ringing", "no-answer"]
            assert small.store.calls.last.sip_response_code == 487
            assert small.media.ports == []

    run(scenario())


@pytest.mark.parametrize(
    ("reason", "sip_status", "status"), [("busy", 486, "busy"), ("rejected", 404, "no-answer")]
)
def test_reject_answers_with_its_reason(reason: str, sip_status: int, status: str) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: f"<Response><Reject reason='{reason}'/></Response>"}) as small:
            call = await small.dial()
            with pytest.raises(CallNotAnsweredError) as refused:
                await call.answered()
            assert refused.value.end.sip_status == sip_status
            await small.exchange.drain(10)
            assert statuses(list(small.store.calls.history)) == ["ringing", status]

    run(scenario())


@pytest.mark.parametrize("document", ["<Response/>", "<Response><Hangup/></Response>"])
def test_an_empty_document_and_a_hangup_answer_and_end(document: str) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: document}) as small:
            call = await small.call()
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            await small.exchange.drain(10)
            assert small.store.calls.last.status is CallStatus.COMPLETED

    run(scenario())


def test_a_domain_without_voice_url_refuses_and_says_why() -> None:
    async def scenario() -> None:
        async with small_exchange({}, replace(DOMAIN, voice_url=None)) as small:
            call = await small.dial()
            with pytest.raises(CallNotAnsweredError) as refused:
                await call.answered()
            assert refused.value.end.sip_status == 404
            await small.exchange.drain(10)
            assert small.store.notifications.codes == [21205]
            assert small.store.calls.last.status is CallStatus.FAILED

    run(scenario())


def test_srtp_is_refused_by_a_domain_that_is_not_secure_and_the_debugger_says_which_line() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response/>"}) as small:
            call = await small.dial(is_secure=True)
            with pytest.raises(CallNotAnsweredError) as refused:
                await call.answered()
            assert refused.value.end.sip_status == 488
            await small.exchange.drain(10)
            assert small.bookshelf.asked == []
            assert small.store.notifications.codes == [32207]
            (noted,) = small.store.notifications.history
            assert "RTP/SAVP" in noted.message_text
            assert "Secure=false" in noted.message_text
            assert small.store.calls.last.status is CallStatus.FAILED

    run(scenario())


def test_a_source_outside_the_access_list_is_refused_without_a_record() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response/>"}) as small:
            small.store.sip_domains.allowed = ()
            call = await small.dial()
            with pytest.raises(CallNotAnsweredError) as refused:
                await call.answered()
            assert refused.value.end.sip_status == 403
            assert small.bookshelf.asked == []
            assert small.store.calls.history == []

    run(scenario())


def test_a_webhook_that_is_down_is_noted_and_the_caller_hears_the_error_sentence() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: 11202}) as small:
            call = await small.call()
            await call.ended()
            await small.exchange.drain(10)
            assert small.voice.texts == [ERROR_SENTENCE]
            assert small.store.notifications.codes == [11202]
            assert small.store.notifications.history[0].request_url == VOICE
            assert small.store.calls.last.status is CallStatus.COMPLETED

    run(scenario())


def test_a_document_that_is_not_xml_goes_to_the_fallback_with_its_error() -> None:
    async def scenario() -> None:
        fallback = "http://app.test/fallback"
        documents = {VOICE: "<Response><Say>Hello", fallback: "<Response><Say>Sorry.</Say></Response>"}
        async with small_exchange(documents, replace(DOMAIN, voice_fallback_url=fallback)) as small:
            call = await small.call()
            await call.ended()
            assert small.voice.texts == ["Sorry."]
            assert small.bookshelf.asked[1].results == (("ErrorCode", "12100"), ("ErrorUrl", VOICE))
            (noted,) = small.store.notifications.history
            assert noted.error_code == 12100
            assert "line 1" in noted.message_text

    run(scenario())


def test_a_silent_caller_is_hung_up_with_32014() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Say>Hi.</Say><Pause length='600'/></Response>"}
        ) as small:
            call = await small.call()
            small.port.fall_silent(60_000)
            await call.ended()
            assert small.store.notifications.codes == [32014]

    run(scenario())


def test_a_call_whose_media_failed_is_hung_up_with_12400() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Say>Hi.</Say><Pause length='600'/></Response>"}
        ) as small:
            call = await small.call()
            small.port.fail("index out of bounds in tick")
            end = await call.ended()
            assert end.cause is LegCause.HUNG_UP_THERE
            (noted,) = small.store.notifications.history
            assert noted.error_code == 12400
            assert "index" not in noted.message_text

    run(scenario())


def test_a_phone_whose_media_failed_hangs_up() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Say>Hi.</Say><Pause length='600'/></Response>"}
        ) as small:
            call = await small.call()
            (caller_port,) = small.caller_media.ports
            caller_port.fail("index out of bounds in tick")
            end = await call.ended()
            assert end.cause is LegCause.HUNG_UP_HERE
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_call_ends_after_four_hours_with_32015() -> None:
    async def scenario() -> None:
        document = "<Response><Say>Hi.</Say><Pause length='86400'/></Response>"
        async with small_exchange({VOICE: document}) as small:
            call = await small.call()
            await call.ended()
            await small.exchange.drain(10)
            assert small.store.notifications.codes == [32015]
            assert small.store.calls.last.duration_s == 4 * 3600

    run(scenario())


def test_a_redirect_loop_without_a_word_is_broken() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Redirect/></Response>"}) as small:
            call = await small.call()
            await call.ended()
            assert small.store.notifications.codes == [11215]
            assert small.voice.texts == [ERROR_SENTENCE]

    run(scenario())


def test_a_speech_engine_that_fails_costs_one_call_only() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Say>Hello.</Say></Response>"}) as small:
            small.voice.fails = True
            first = await small.call()
            await first.ended()
            assert 12400 in small.store.notifications.codes
            small.voice.fails = False
            second = await small.call()
            await second.ended()
            assert small.voice.texts == ["Hello."]

    run(scenario())


def test_stopping_the_exchange_hangs_up_and_takes_no_more_calls() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Say>Hi.</Say><Pause length='600'/></Response>"}
        ) as small:
            call = await small.call()
            assert await small.exchange.end_all(2.0)
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            late = await small.dial()
            with pytest.raises(CallNotAnsweredError) as refused:
                await late.answered()
            assert refused.value.end.sip_status == 503

    run(scenario())


def test_while_the_database_does_not_keep_up_new_calls_get_503_and_the_running_one_goes_on() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Pause length='5'/><Say>Still here.</Say></Response>"}
        ) as small:
            running = await small.call()
            small.store.is_filling = True
            late = await small.dial()
            with pytest.raises(CallNotAnsweredError) as refused:
                await late.answered()
            assert refused.value.end.sip_status == 503
            await running.ended()
            assert small.voice.texts == ["Still here."]
            small.store.is_filling = False
            await (await small.call()).hang_up()

    run(scenario())


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_domain_that_is_not_secure_takes_what_is_offered_where_the_node_lets_it(is_secure: bool) -> None:
    async def scenario() -> None:
        document = "<Response><Say>Hello there.</Say></Response>"
        async with small_exchange({VOICE: document}, takes_srtp_as_offered=True) as small:
            call = await small.dial(is_secure=is_secure)
            await call.answered()
            assert (small.port.keys is not None) is is_secure
            await call.ended()
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_call_over_tcp_is_answered_and_ended_on_its_connection() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Say>Hello there.</Say></Response>"}) as small:
            call = await small.dial(transport=";transport=tcp")
            await call.answered()
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            (asked,) = small.bookshelf.asked
            assert asked.call.status is CallStatus.RINGING

    run(scenario())


LARGE = (("X-Large", "x" * 1000),)


@pytest.mark.parametrize(
    ("transport", "takes_tcp", "arrives_by"),
    [("", True, "TCP"), ("", False, "UDP"), (";transport=udp", True, "UDP")],
    ids=["nobody named a transport", "tcp is refused", "udp was named"],
)
def test_an_invite_of_over_1300_bytes_goes_over_tcp_where_it_may(
    transport: str, *, takes_tcp: bool, arrives_by: str
) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Say>Hello there.</Say></Response>"}) as small:
            if not takes_tcp:
                small.node._sockets._tcp.close()
            arrived: list[str] = []
            handle = small.exchange.handle_event

            def watch(event: Event) -> None:
                if isinstance(event, Invited):
                    arrived.append(event.session.flow.transport.value)
                handle(event)

            small.node._receiver = watch
            call = await small.dial(headers=LARGE, transport=transport)
            await call.answered()
            await call.ended()
            assert arrived == [arrives_by]

    run(scenario())


def test_while_no_rtp_port_is_free_a_new_call_does_not_ring_and_the_record_names_the_setting() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Pause length='5'/></Response>"}) as small:
            running = await small.call()
            small.media.is_full = True
            with structlog.testing.capture_logs() as logs:
                for _ in range(3):
                    late = await small.dial()
                    with pytest.raises(CallNotAnsweredError) as refused:
                        await late.answered()
                    assert refused.value.end.sip_status == 503
            assert len(small.bookshelf.asked) == 1
            assert {each.matched for each in small.store.refusals.history} == {
                "every pair of media_ports is in use"
            }
            assert [each["event"] for each in logs].count("invite.overload") == 1
            await running.ended()

    run(scenario())


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (("Max-Forwards: 70", "Max-Forwards: 0"), 483, 32006),
        (("CSeq: 1 INVITE", "CSeq: x INVITE"), 400, None),
    ],
)
def test_what_breaks_the_rules_of_sip_leaves_a_record(
    change: tuple[str, str], status: int, code: int | None
) -> None:
    message = (
        "INVITE sip:x@app.sip.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx;rport\r\n"
        "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:x@app.sip.localhost>\r\nCall-ID: broken@test\r\n"
        "CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )

    async def scenario() -> None:
        async with small_exchange({}) as small:
            loop = asyncio.get_running_loop()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                peer.bind(("127.0.0.1", 0))
                peer.setblocking(False)
                node = small.node.addresses[0]
                peer.sendto(message.replace(*change).encode(), (node.host, node.port))
                answer = (await loop.sock_recv(peer, 65_535)).decode()
            assert answer.startswith(f"SIP/2.0 {status} ")
            (refusal,) = small.store.refusals.history
            assert (refusal.status, refusal.code, refusal.sip_call_id) == (status, code, "broken@test")

    run(scenario())
