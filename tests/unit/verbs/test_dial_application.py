"""`<Dial><Application>` in virtual time: what the application is told, and what it tells the Dial."""

import asyncio
from dataclasses import replace

import pytest

from offhook.model.application import Application
from offhook.model.call import CallStatus
from offhook.phone.phone_call import PhoneCall
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT, MOMENT
from tests.support.small_exchange import SmallExchange
from tests.unit.verbs.test_dial import DONE, on_call, told

SID = "AP" + "1" * 32
APP = "http://app.test/application"
APPLICATION = Application(SID, ACCOUNT.sid, "Sales", MOMENT, MOMENT, voice_url=APP)
DIAL = f"<Dial action='/done'><Application>{SID}</Application></Dial>"


def with_application(small: SmallExchange, application: Application = APPLICATION) -> None:
    small.store.applications.add(application)


async def to_the_end(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
    await caller.ended()


def test_the_application_answers_and_knows_who_calls_and_what_the_dial_says() -> None:
    noun = (
        f"<Application customerId='c7'><ApplicationSid>{SID}</ApplicationSid>"
        "<Parameter name='order' value='17'/></Application>"
    )
    small = on_call(
        f"<Dial action='/done'>{noun}</Dial>",
        to_the_end,
        phones=0,
        documents={APP: "<Response><Say>Hello from the application.</Say></Response>"},
        before=with_application,
    )
    assert small.voice.texts == ["Hello from the application.", "Done."]
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == APP]
    assert dict(asked.results) == {"Param_order": "17", "CustomerId": "c7"}
    assert (asked.application_sid, asked.call.to, asked.call.direction) == (SID, SID, "inbound")
    assert told(small)["DialCallStatus"] == "completed"


@pytest.mark.parametrize("copies", [False, True])
def test_whom_the_application_sees_called(copies: bool) -> None:
    noun = f"<Application copyParentTo='{str(copies).lower()}'>{SID}</Application>"
    small = on_call(
        f"<Dial>{noun}</Dial>",
        to_the_end,
        phones=0,
        documents={APP: "<Response/>"},
        before=with_application,
    )
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == APP]
    assert asked.call.to == (small.store.calls.history[0].to if copies else SID)
    assert dict(asked.results)["CustomerId"] == ACCOUNT.sid
    assert asked.call.from_ == small.store.calls.history[0].from_, "the caller's own"


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("<Say>Hi.</Say><Hangup><Parameter name='total' value='42'/></Hangup>", "completed"),
        ("<Say>Hi.</Say><Leave><Parameter name='total' value='42'/></Leave><Say>Never.</Say>", "completed"),
        ("<Reject reason='busy'><Parameter name='total' value='42'/></Reject>", "busy"),
    ],
    ids=["Hangup", "Leave", "Reject"],
)
def test_what_its_document_gives_back_comes_to_the_action(document: str, status: str) -> None:
    small = on_call(
        DIAL,
        to_the_end,
        phones=0,
        documents={APP: f"<Response>{document}</Response>"},
        before=with_application,
    )
    assert (told(small)["DialCallStatus"], told(small)["Param_total"]) == (status, "42")
    assert "Never." not in small.voice.texts


def test_parameters_for_nobody_are_noted() -> None:
    small = on_call("<Hangup><Parameter name='a' value='b'/></Hangup>", to_the_end, phones=0)
    assert small.store.notifications.codes == [12200]


@pytest.mark.parametrize(
    ("application", "codes"),
    [
        (None, [21218]),
        (replace(APPLICATION, account_sid="AC" + "0" * 32), [21218]),
        (replace(APPLICATION, voice_url=None), [21205, 32011]),
    ],
    ids=["none", "another account's", "without a Voice URL"],
)
def test_an_application_that_cannot_answer_fails_the_dial(
    application: Application | None, codes: list[int]
) -> None:
    def before(small: SmallExchange) -> None:
        if application is not None:
            with_application(small, application)

    small = on_call(DIAL, to_the_end, phones=0, before=before)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.store.notifications.codes[:1] == codes[:1]


def test_a_public_application_of_another_account_answers_as_that_account() -> None:
    other = replace(ACCOUNT, sid="AC" + "0" * 32)

    def before(small: SmallExchange) -> None:
        small.store.accounts.known[other.sid] = other
        public = replace(APPLICATION, account_sid=other.sid, public_application_connect_enabled=True)
        with_application(small, public)

    documents: dict[str, str | int] = {APP: "<Response><Say>Hello.</Say></Response>"}
    small = on_call(DIAL, to_the_end, phones=0, documents=documents, before=before)
    assert told(small)["DialCallStatus"] == "completed"
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == APP]
    assert asked.call.account_sid == other.sid
    assert dict(asked.results)["CustomerId"] == ACCOUNT.sid, "who calls"


def test_a_database_that_does_not_answer_fails_the_dial() -> None:
    def before(small: SmallExchange) -> None:
        with_application(small)
        small.store.applications.is_busy = True

    small = on_call(DIAL, to_the_end, phones=0, before=before)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.store.notifications.codes == [12400]


def test_an_application_that_dials_itself_comes_to_an_end() -> None:
    small = on_call(
        DIAL,
        to_the_end,
        phones=0,
        documents={APP: f"<Response><Dial><Application>{SID}</Application></Dial></Response>"},
        before=with_application,
    )
    assert 32006 in small.store.notifications.codes
    assert len([asked for asked in small.bookshelf.asked if asked.url == APP]) == 32


def test_the_caller_hears_the_application_until_it_hangs_up_itself() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await asyncio.sleep(5)
        assert small.media.ports[0].joined_to is not None
        await caller.hang_up()

    small = on_call(
        DIAL,
        act,
        phones=0,
        documents={APP: "<Response><Pause/><Say>Hello.</Say><Pause length='600'/></Response>"},
        before=with_application,
    )
    assert [call.status for call in small.store.calls.history if call.to == SID][-1] is CallStatus.COMPLETED
    assert DONE in [asked.url for asked in small.bookshelf.asked]
