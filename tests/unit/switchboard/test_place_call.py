"""Calls that the account places, in virtual time: to registered phones, to plain URIs, to nobody."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from types import MappingProxyType

import pytest
import structlog

from offhook.base.redact import Secret
from offhook.call.leg_state import LegCause
from offhook.call.progress import StatusCallback
from offhook.media.ports import RecordingPlan
from offhook.model.call import CallStatus
from offhook.model.credential import Credential, MappingScope
from offhook.model.recording import RecordingSource, RecordingStatus
from offhook.model.sip_domain import SipDomain
from offhook.recording.recorder import RecordingOrder
from offhook.sdp.offer_answer import LocalAudio, make_offer
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.sip.event import Acknowledged, EndCause, Ended, Event
from offhook.sip.flow import Transport
from offhook.sip.session.info import send_info
from offhook.sip.session.state import Occasion
from offhook.sip.uri import SipUri
from offhook.switchboard.place_call import CallToPlace, ClientToCall
from offhook.switchboard.update_call import CallUpdate
from offhook.transport.ports import Target
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from tests.support.callee import Callee, open_callee
from tests.support.memory_store import ACCOUNT, DOMAIN, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

REALM = "sip.localhost"
PASSWORD = "correct horse"
BOB = Credential(
    sid="CR" + "b" * 32,
    account_sid=ACCOUNT.sid,
    credential_list_sid="CL" + "c" * 32,
    username="bob",
    ha1_md5=Secret(ha1("bob", REALM, PASSWORD, Algorithm.MD5)),
    ha1_sha256=Secret(ha1("bob", REALM, PASSWORD, Algorithm.SHA_256)),
    created_at=MOMENT,
    updated_at=MOMENT,
)
OFFICE = replace(DOMAIN, sip_registration=True, has_registration_list=True)
HELLO = InlineDocument("<Response><Say>Hello Bob.</Say></Response>")


EMPTY: Mapping[str, str | int] = MappingProxyType({"http://app.test/voice": "<Response/>"})


@asynccontextmanager
async def office(
    *seeds: int,
    documents: Mapping[str, str | int] = EMPTY,
    domain: SipDomain = OFFICE,
) -> AsyncIterator[tuple[SmallExchange, list[Callee]]]:
    """An exchange and some phones, every one registered as bob."""
    async with small_exchange(documents, domain) as small:
        small.store.sip_domains.users[MappingScope.REGISTRATIONS] = [BOB]
        phones = [await open_callee(seed) for seed in seeds]
        try:
            for phone in phones:
                proxy = str(small.node.addresses[0])
                assert await phone.register("bob", PASSWORD, DOMAIN.domain_name, proxy) == 200
            yield small, phones
        finally:
            for phone in phones:
                await phone.close()


def wanted(
    to: str, *, start: GoTo | InlineDocument = HELLO, timeout_s: float = 60.0, limit_s: float = 14_400.0
) -> CallToPlace:
    return CallToPlace(
        account_sid=ACCOUNT.sid,
        auth_token=ACCOUNT.auth_token,
        to=SipUri.parse(to),
        from_="sip:desk@app.sip.localhost",
        from_uri=SipUri.parse("sip:desk@app.sip.localhost"),
        start=start,
        fallback_url=None,
        fallback_method="POST",
        timeout_s=timeout_s,
        time_limit_s=limit_s,
    )


def statuses(small: SmallExchange) -> list[str]:
    return [call.status.value for call in small.store.calls.history]


def test_a_client_rings_wherever_it_is_registered() -> None:
    async def scenario() -> None:
        async with office(1, 2) as (small, phones):
            record = small.exchange.place(replace(wanted("sip:x@y"), to=ClientToCall("bob")))
            assert record.to == "client:bob"
            legs = [await phone.ringing() for phone in phones]
            legs[1].answer()
            assert await small.exchange.drain(30)
            assert small.store.calls.last.status is CallStatus.COMPLETED
            assert legs[0].end is not None
            assert legs[0].end.cause is LegCause.GIVEN_UP_THERE

    run(scenario())


def test_a_client_who_is_not_registered_fails_with_32009() -> None:
    async def scenario() -> None:
        async with office() as (small, _):
            small.exchange.place(replace(wanted("sip:x@y"), to=ClientToCall("nobody")))
            assert await small.exchange.drain(5)
            assert statuses(small)[-1] == "failed"
            assert small.store.notifications.codes == [32009]

    run(scenario())


def test_keys_are_sent_before_the_document_and_the_recording_begins_with_the_answer() -> None:
    async def scenario() -> None:
        order = RecordingOrder(RecordingSource.OUTBOUND_API, ACCOUNT.auth_token, RecordingPlan())
        async with office(1) as (small, (phone,)):
            small.exchange.place(replace(wanted("sip:bob@app.sip.localhost"), digits="1w2#", recording=order))
            (await phone.ringing()).answer()
            await asyncio.sleep(0.3)
            assert small.port.sent_digits == ["1w2#"]
            assert small.voice.texts == [], "four keys take 0.8 s"
            await asyncio.sleep(1)
            assert small.voice.texts == ["Hello Bob."]
            assert await small.exchange.drain(30)
            assert small.store.recordings.last.status is RecordingStatus.COMPLETED
            assert small.store.recordings.last.duration_s == small.store.calls.last.duration_s

    run(scenario())


def test_a_registered_phone_is_rung_and_spoken_to() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            record = small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            assert record.status is CallStatus.QUEUED
            leg = await phone.ringing()
            assert str(leg.session.request.uri).startswith("sip:bob@127.0.0.1:")
            leg.answer()
            await small.exchange.drain(30)
            assert small.voice.texts == ["Hello Bob."]
            assert statuses(small) == ["queued", "ringing", "in-progress", "completed"]
            last = small.store.calls.last
            assert (last.sid, last.direction, last.duration_s) == (record.sid, "outbound-api", 0)

    run(scenario())


@pytest.mark.parametrize(
    ("contact", "reached_by"),
    [
        ("<sip:bob@{address};transport=tcp>", Transport.TCP),
        ("<sip:bob@{address}>", Transport.UDP),
        ("<sip:bob@localhost:{port};transport=tcp>", Transport.TCP),
        ("<sip:bob@10.9.9.9:{port};transport=tcp>", None),
        ("<sip:bob@d8f5.invalid;transport=tcp>", None),
        ('<sip:bob@{address};transport=tcp>;reg-id=1;+sip.instance="<urn:uuid:0>"', None),
    ],
    ids=["its address", "no transport named", "its name", "behind a NAT", "no address", "outbound"],
)
def test_a_phone_whose_connection_is_lost_is_rung_at_its_contact_or_not_at_all(
    contact: str, reached_by: Transport | None
) -> None:
    async def scenario() -> None:
        async with small_exchange(EMPTY, OFFICE) as small:
            small.store.sip_domains.users[MappingScope.REGISTRATIONS] = [BOB]
            phone = await open_callee(1)
            try:
                port = phone.driver.addresses[0].port
                proxy = f"{small.node.addresses[0]};transport=tcp"
                said = contact.format(address=phone.address, port=port)
                assert await phone.register("bob", PASSWORD, DOMAIN.domain_name, proxy, contact=said) == 200
                for connection in list(small.node._sockets._tcp._admitted):
                    connection.abort()
                await asyncio.sleep(0.1)
                began = asyncio.get_running_loop().time()
                small.exchange.place(wanted("sip:bob@app.sip.localhost"))
                if reached_by is not None:
                    leg = await phone.ringing()
                    assert leg.session.flow.transport is reached_by
                    leg.answer()
                assert await small.exchange.drain(30)
                if reached_by is None:
                    assert asyncio.get_running_loop().time() - began < 1
                    assert small.store.notifications.codes == [32009]
                    assert small.store.calls.last.sip_response_code == 480
            finally:
                await phone.close()

    run(scenario())


def secure_call(phone: Callee) -> CallToPlace:
    """To a phone that is not registered. That it goes over TLS is for its URI to say."""
    return replace(wanted(f"sip:bob@{phone.address}"), is_secure=True)


def test_a_user_who_is_not_registered_over_tls_is_not_called_with_srtp() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(replace(wanted("sip:bob@app.sip.localhost"), is_secure=True))
            assert await small.exchange.drain(5)
            assert phone.invited.empty()
            assert (statuses(small)[-1], small.store.calls.last.sip_response_code) == ("failed", 480)
            assert small.store.notifications.codes == [32209]

    run(scenario())


def test_srtp_is_offered_and_the_keys_of_both_are_told_to_both_cores() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(secure_call(phone))
            leg = await phone.ringing(is_secure=True)
            leg.answer()
            assert await small.exchange.drain(30)
            assert small.store.calls.last.status is CallStatus.COMPLETED
            here, there = small.port.keys, phone.media.ports[0].keys
            assert here is not None
            assert there is not None
            assert here.local.key_and_salt == there.remote.key_and_salt
            assert here.remote.key_and_salt == there.local.key_and_salt

    run(scenario())


def test_an_answer_without_a_key_is_acknowledged_and_hung_up_on_and_the_call_has_failed() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(secure_call(phone))
            session, news = await phone.invited.get(), asyncio.Queue[Event]()
            phone.driver.attach(session, news.put_nowait)
            plain = make_offer(LocalAudio("127.0.0.1", 4000, 1, 1)).to_bytes()
            session.accept(plain, phone.driver.now())
            phone.driver.flush()
            assert isinstance(await news.get(), Acknowledged)
            ended = await news.get()
            assert isinstance(ended, Ended)
            assert ended.cause is EndCause.REMOTE_BYE
            assert await small.exchange.drain(30)
            assert small.store.calls.last.status is CallStatus.FAILED
            assert small.store.notifications.codes == [32208]
            assert small.voice.texts == []

    run(scenario())


def test_a_key_is_not_sent_in_the_clear_to_where_a_callee_redirects_the_call() -> None:
    async def scenario() -> None:
        async with office(1, 2) as (small, (phone, other)):
            small.exchange.place(secure_call(phone))
            session = await phone.invited.get()
            contact = (("Contact", f"<sip:bob@{other.address};transport=udp>"),)
            session.reject(302, phone.driver.now(), headers=contact)
            phone.driver.flush()
            assert await small.exchange.drain(30)
            assert other.invited.empty(), "it would have come by UDP"
            assert (statuses(small)[-1], small.store.notifications.codes) == ("failed", [32219])

    run(scenario())


def test_a_callee_that_refuses_srtp_is_told_of_as_such() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(secure_call(phone))
            (await phone.ringing(is_secure=True)).refuse(488)
            assert await small.exchange.drain(30)
            assert small.store.notifications.codes == [32011]
            assert "it was offered SRTP alone" in small.store.notifications.history[0].message_text

    run(scenario())


def test_every_phone_of_a_user_rings_and_the_first_to_answer_has_the_call() -> None:
    async def scenario() -> None:
        async with office(1, 2, 3) as (small, phones):
            small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            legs = [await phone.ringing() for phone in phones]
            await asyncio.sleep(2)
            legs[1].answer()
            await small.exchange.drain(30)
            causes = [leg.end.cause if leg.end is not None else None for leg in legs]
            assert causes == [LegCause.GIVEN_UP_THERE, LegCause.HUNG_UP_THERE, LegCause.GIVEN_UP_THERE]
            assert len(small.media.ports) == 1
            assert small.store.calls.last.status is CallStatus.COMPLETED

    run(scenario())


@pytest.mark.parametrize(
    ("sip_status", "status", "codes"),
    [
        (486, "busy", [34002]),
        (480, "no-answer", []),
        (603, "no-answer", []),
        (404, "failed", []),
        (500, "failed", [32011]),
    ],
)
def test_a_refusal_becomes_the_status_of_the_table(sip_status: int, status: str, codes: list[int]) -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            (await phone.ringing()).refuse(sip_status)
            await small.exchange.drain(30)
            assert statuses(small)[-1] == status
            assert small.store.notifications.codes == codes
            assert small.store.calls.last.sip_response_code == sip_status
            assert small.voice.texts == []

    run(scenario())


@pytest.mark.parametrize("how", ["answered", "refused", "not answered", "canceled"])
def test_a_call_starts_when_it_is_dialled_and_once_more_when_it_is_answered(how: str) -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            record = small.exchange.place(wanted("sip:bob@app.sip.localhost", timeout_s=10))
            assert record.started_at is None
            leg = await phone.ringing()
            await asyncio.sleep(3)
            dialled = small.store.calls.last
            assert (dialled.status, dialled.started_at) == (CallStatus.RINGING, dialled.updated_at)
            if how == "answered":
                leg.answer()
            elif how == "refused":
                leg.refuse(486)
            elif how == "canceled":
                await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status=CallStatus.CANCELED))
            assert await small.exchange.drain(60)
            ended = small.store.calls.last
            assert ended.status.is_final
            assert ended.started_at == (ended.answered_at if how == "answered" else dialled.started_at)

    run(scenario())


def test_nobody_answers_within_the_timeout() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            began = asyncio.get_running_loop().time()
            small.exchange.place(wanted("sip:bob@app.sip.localhost", timeout_s=10))
            leg = await phone.ringing()
            await small.exchange.drain(60)
            assert leg.end is not None
            assert leg.end.cause is LegCause.GIVEN_UP_THERE
            assert statuses(small)[-1] == "no-answer"
            assert small.store.calls.last.sip_response_code == 487
            assert small.store.calls.last.sip_call_id == leg.session.call_id
            assert 15 <= asyncio.get_running_loop().time() - began < 17

    run(scenario())


@pytest.mark.parametrize(
    ("to", "code"),
    [("sip:nobody@app.sip.localhost", 32009), ("sip:x@nowhere.invalid;transport=sctp", 13254)],
)
def test_a_uri_that_rings_nowhere_fails_with_its_code(to: str, code: int) -> None:
    async def scenario() -> None:
        async with office() as (small, _):
            small.exchange.place(wanted(to))
            await small.exchange.drain(30)
            assert statuses(small) == ["queued", "failed"]
            assert small.store.notifications.codes == [code]
            last = small.store.calls.last
            assert last.started_at == last.ended_at is not None, "who looks for the calls of a day finds it"

    run(scenario())


def test_the_users_of_another_account_s_domain_are_not_called() -> None:
    async def scenario() -> None:
        async with small_exchange(EMPTY, replace(OFFICE, account_sid="AC" + "f" * 32)) as small:
            small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            await small.exchange.drain(30)
            assert statuses(small) == ["queued", "failed"]
            assert small.store.notifications.codes == [32214]

    run(scenario())


def test_a_plain_uri_is_rung_and_the_document_fetched_once_it_answers() -> None:
    async def scenario() -> None:
        async with office() as (small, _):
            phone = await open_callee(5)
            try:
                start = GoTo("http://app.test/voice", "POST")
                small.exchange.place(wanted(f"sip:x@{phone.address}", start=start))
                leg = await phone.ringing()
                assert small.bookshelf.asked == []
                leg.answer()
                await small.exchange.drain(30)
                (asked,) = small.bookshelf.asked
                assert asked.call.status is CallStatus.IN_PROGRESS
                assert asked.sip is None
            finally:
                await phone.close()

    run(scenario())


def answers_late(small: SmallExchange, delay_s: float) -> None:
    """The name servers."""
    locate = small.node.locate

    async def late(uri: SipUri) -> tuple[Target, ...]:
        await asyncio.sleep(delay_s)
        return await locate(uri)

    small.node.locate = late  # type: ignore[method-assign]


def test_a_call_that_is_canceled_while_it_is_found_out_where_it_leads_is_not_dialled() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            answers_late(small, 1.0)
            order = replace(
                wanted(f"sip:x@{phone.address}"), status_callback=StatusCallback("http://app.test/n")
            )
            record = small.exchange.place(order)
            await asyncio.sleep(0.5)
            await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status=CallStatus.CANCELED))
            assert statuses(small) == ["queued", "canceled"]
            assert await small.exchange.drain(5)
            assert phone.invited.empty()
            assert (small.bookshelf.progress, small.store.subscriptions.kept) == ([], {})

    run(scenario())


def test_a_redirection_is_followed_to_another_phone() -> None:
    async def scenario() -> None:
        async with office() as (small, _):
            moved, there = await open_callee(5), await open_callee(6)
            try:
                small.exchange.place(wanted(f"sip:x@{moved.address}"))
                session = await moved.invited.get()
                contact = (("Contact", f"<sip:y@{there.address}>"),)
                session.reject(302, moved.driver.now(), headers=contact)
                moved.driver.flush()
                leg = await there.ringing()
                assert leg.session.request.uri.user == "y"
                leg.answer()
                await small.exchange.drain(30)
                assert statuses(small)[-1] == "completed"
            finally:
                await moved.close()
                await there.close()

    run(scenario())


def test_ending_the_exchange_cancels_what_still_rings() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            leg = await phone.ringing()
            assert await small.exchange.end_all(5)
            assert leg.end is not None
            assert leg.end.cause is LegCause.GIVEN_UP_THERE
            assert statuses(small)[-1] == "no-answer"

    run(scenario())


def test_a_phone_with_a_wrong_password_leaves_a_refusal_behind() -> None:
    async def scenario() -> None:
        async with office() as (small, _):
            phone = await open_callee(7)
            try:
                proxy = str(small.node.addresses[0])
                assert await phone.register("bob", "wrong", DOMAIN.domain_name, proxy) == 403
                (refusal,) = small.store.refusals.history
                assert (refusal.method, refusal.code, refusal.source) == ("REGISTER", 32202, "127.0.0.1")
            finally:
                await phone.close()

    run(scenario())


def test_a_call_ends_at_the_time_limit_it_was_given() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            endless = InlineDocument("<Response><Say>Hi.</Say><Pause length='600'/></Response>")
            small.exchange.place(wanted("sip:bob@app.sip.localhost", start=endless, limit_s=30))
            (await phone.ringing()).answer()
            await small.exchange.drain(60)
            assert small.store.notifications.codes == [32015]
            assert small.store.calls.last.duration_s == 30

    run(scenario())


def test_a_key_in_an_info_of_a_callee_that_rings_is_answered_and_the_call_goes_on() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(wanted(f"sip:bob@{DOMAIN.domain_name}"))
            leg = await phone.ringing()
            send_info(leg.session, "application/dtmf", b"5", Occasion(phone.driver.now()))
            phone.driver.flush()
            await asyncio.sleep(1)
            leg.answer()
            assert await small.exchange.drain(30)
            assert small.store.calls.last.status is CallStatus.COMPLETED

    run(scenario())


def test_a_200_that_cannot_be_used_is_told_once() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (bob,)):
            with structlog.testing.capture_logs() as logs:
                small.exchange.place(wanted(f"sip:bob@{bob.address}"))
                session = await bob.invited.get()
                session.ring(bob.driver.now())
                session.accept(b"v=0\r\nnonsense", bob.driver.now())
                bob.driver.flush()
                assert await small.exchange.drain(60)
            assert [each["event"] for each in logs].count("call.broken") == 1
            assert small.store.calls.last.status is CallStatus.FAILED

    run(scenario())
