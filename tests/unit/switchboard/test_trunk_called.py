"""Calls from a carrier, in virtual time: who answers, and what the application is told."""

from dataclasses import replace
from typing import Final

import pytest

from offhook.base.ids import SeededChance
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.sip_domain import SipDomain
from offhook.phone.phone_call import PhoneCall
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri
from offhook.webhook.parameters import standard_parameters
from offhook.webhook.ports import ProgressEvent
from tests.support.memory_store import ACCOUNT, DOMAIN, MOMENT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

TRUNK: Final = ByocTrunk(
    "BY" + "1" * 32,
    ACCOUNT.sid,
    MOMENT,
    MOMENT,
    voice_url="http://trunk.test/voice",
    voice_method="GET",
    voice_fallback_url="http://trunk.test/fallback",
    status_callback_url="http://trunk.test/news",
)
CARRIERS: Final = replace(DOMAIN, byoc_trunk_sid=TRUNK.sid)
OURS: Final = "+49301234567"
NUMBER: Final = IncomingPhoneNumber(
    "PN" + "1" * 32, ACCOUNT.sid, OURS, "Ours", MOMENT, MOMENT, voice_url="http://number.test/voice"
)
CALLER: Final = "+442071838750"


def called(
    user: str = OURS,
    from_user: str = CALLER,
    *,
    to_user: str | None = None,
    domain: SipDomain = CARRIERS,
    trunk: ByocTrunk | None = TRUNK,
    number: IncomingPhoneNumber | None = None,
    documents: dict[str, str | int] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> SmallExchange:
    """One INVITE of the carrier, to its end."""

    async def scenario() -> SmallExchange:
        hosts = ("trunk.test", "number.test", "app.test")
        said = {f"http://{host}/voice": "<Response><Hangup/></Response>" for host in hosts}
        async with small_exchange({**said, **(documents or {})}, domain) as small:
            if trunk is not None:
                small.store.byoc_trunks.known[trunk.sid] = trunk
            if number is not None:
                small.store.incoming_phone_numbers.add(number)
            call = PhoneCall(small.caller, small.caller_media, SeededChance(5))
            small.calls.append(call)
            uri = SipUri.parse(f"sip:{user}@{DOMAIN.domain_name}")
            await call.dial(
                Invitation(
                    uri=uri,
                    to_uri=None if to_user is None else replace(uri, user=to_user),
                    from_uri=SipUri.parse(f"sip:{from_user}@sbc.carrier.example"),
                    next_hop=SipUri.parse(f"sip:{small.node.addresses[0]}"),
                    headers=(("X-Order", "4711"), *headers),
                )
            )
            await call.ended()
            assert await small.exchange.drain(60)
        return small

    return run(scenario())


DIVERTED: Final = '"Desk" <sip:+493011111111@sbc.example>;reason=user-busy, <sip:+493022222222@x>'
HISTORY: Final = (
    "<sip:+493033333333@x>;index=1, <sip:+493044444444@x>;index=1.1, <sip:+49301234567@x>;index=1.2"
)


@pytest.mark.parametrize("number", [None, NUMBER], ids=["the trunk answers", "a number answers"])
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ((), None),
        ((("Diversion", DIVERTED),), "+493011111111"),
        ((("Diversion", "<tel:+49-30-5555;cpc=x>"),), "+49305555"),
        ((("Diversion", "<sip:desk@x>"),), "desk"),
        ((("History-Info", HISTORY),), "+493044444444"),
        ((("Diversion", DIVERTED), ("History-Info", HISTORY)), "+493011111111"),
        ((("History-Info", "<sip:+49301234567@x>;index=1"),), None),
        ((("Diversion", "<sip:"), ("History-Info", HISTORY)), None),
        ((("Diversion", "<http://x>"),), None),
    ],
)
def test_the_application_is_told_whom_the_call_was_forwarded_from(
    headers: tuple[tuple[str, str], ...], told: str | None, number: IncomingPhoneNumber | None
) -> None:
    (asked,) = called(number=number, headers=headers).bookshelf.asked
    parameters = dict(standard_parameters(asked.call, asked.sip, None, asked.forwarded_from))
    assert parameters.get("ForwardedFrom") == told


def test_the_trunk_answers_and_sees_a_phone_call() -> None:
    small = called()
    (asked,) = small.bookshelf.asked
    assert (asked.url, asked.method) == ("http://trunk.test/voice", "GET")
    assert (asked.call.to, asked.call.from_) == (OURS, CALLER)
    assert (asked.sip, asked.call.direction) == (None, "inbound"), "custom headers are dropped"
    assert [(news.url, news.event) for news in small.bookshelf.progress] == [
        ("http://trunk.test/news", ProgressEvent.COMPLETED)
    ]


def test_the_fallback_of_the_trunk_answers_when_its_voice_url_fails() -> None:
    small = called(
        documents={
            "http://trunk.test/voice": 11200,
            "http://trunk.test/fallback": "<Response><Say>Fallback.</Say></Response>",
        }
    )
    assert small.voice.texts == ["Fallback."]


@pytest.mark.parametrize(
    ("user", "from_user", "to", "from_"),
    [
        ("49301234567", "442071838750", OURS, CALLER),
        ("3051913581", "442071838750", "+13051913581", CALLER),
        ("help", "alice", "sip:help@app.sip.localhost", "sip:alice@sbc.carrier.example"),
        (OURS, "Anonymous", OURS, "anonymous"),
    ],
)
def test_parties_are_numbers_where_they_are_numbers(user: str, from_user: str, to: str, from_: str) -> None:
    (asked,) = called(user, from_user).bookshelf.asked
    assert (asked.call.to, asked.call.from_) == (to, from_)


def test_the_number_is_in_to_where_the_request_uri_has_none() -> None:
    (asked,) = called("trunk-user", to_user=OURS).bookshelf.asked
    assert asked.call.to == OURS


def test_a_number_of_the_account_answers_for_itself() -> None:
    small = called(number=NUMBER)
    (asked,) = small.bookshelf.asked
    assert (asked.url, asked.call.phone_number_sid) == ("http://number.test/voice", NUMBER.sid)
    assert (asked.call.to, asked.call.from_) == (OURS, CALLER)
    assert small.bookshelf.progress == []


@pytest.mark.parametrize(
    "number", [replace(NUMBER, account_sid="AC" + "9" * 32), replace(NUMBER, voice_url=None)]
)
def test_a_number_of_another_account_or_without_an_answer_is_the_trunks(number: IncomingPhoneNumber) -> None:
    (asked,) = called(number=number).bookshelf.asked
    assert asked.url == "http://trunk.test/voice"


def test_a_trunk_without_a_voice_url_is_refused_and_said_so() -> None:
    small = called(trunk=replace(TRUNK, voice_url=None))
    assert small.store.calls.last.sip_response_code == 404
    assert small.store.notifications.codes == [21205]
    assert TRUNK.sid in small.store.notifications.history[0].message_text


def test_a_domain_whose_trunk_is_gone_answers_for_itself() -> None:
    (asked,) = called(trunk=None).bookshelf.asked
    assert asked.url == "http://app.test/voice"


def test_a_database_that_does_not_answer_turns_the_call_away() -> None:
    async def scenario() -> None:
        async with small_exchange({}, CARRIERS) as small:
            small.store.byoc_trunks.known[TRUNK.sid] = TRUNK
            small.store.incoming_phone_numbers.is_busy = True
            call = PhoneCall(small.caller, small.caller_media, SeededChance(5))
            small.calls.append(call)
            await call.dial(
                Invitation(
                    uri=SipUri.parse(f"sip:{OURS}@{DOMAIN.domain_name}"),
                    from_uri=SipUri.parse(f"sip:{CALLER}@sbc.carrier.example"),
                    next_hop=SipUri.parse(f"sip:{small.node.addresses[0]}"),
                )
            )
            assert (await call.ended()).sip_status == 503
            assert [refusal.status for refusal in small.store.refusals.history] == [503]

    run(scenario())
