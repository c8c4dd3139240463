"""Documents that would keep a node busy for ever, or fill it: how their call ends, within bounds."""

import asyncio
import itertools
from collections.abc import Callable, Iterator

import pytest

from offhook.verbs.problems_told import PROBLEMS_MAX, TIMES_MAX
from offhook.verbs.runner import ERROR_SENTENCE, SILENT_DOCUMENTS_MAX
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"


class Endless(dict[str, str | int]):
    """Documents without end: each time it is asked for one, it makes another."""

    def __init__(self, make: Callable[[int], str]) -> None:
        super().__init__()
        self._numbers: Iterator[int] = itertools.count()
        self._make = make

    def get(self, url: str, default: str | int | None = None) -> str | int:  # type: ignore[override]
        return f"<Response>{self._make(next(self._numbers))}</Response>"


def ran(make: Callable[[int], str]) -> SmallExchange:
    """A call to such an application, to its end."""

    async def scenario() -> SmallExchange:
        async with small_exchange({}) as small:
            small.bookshelf.documents = Endless(make)
            call = await small.dial()
            await call.ended()
        return small

    return run(scenario())


@pytest.mark.parametrize(
    "verbs",
    [
        "<Redirect/>",
        "<Redirect>/voice?again</Redirect>",
        "<Dial action='/voice'><Sim>DE1</Sim></Dial>",
        "<Dial><Sip>sip:</Sip></Dial><Redirect/>",
        "<Connect action='/voice'><VirtualAgent/></Connect>",
        "<Pay action='/voice'/>",
        "<Enqueue action='/voice'/>",
        "<Say/><Redirect/>",
    ],
)
def test_ten_thousand_redirects_are_a_thousand_whatever_verb_leads_round(verbs: str) -> None:
    small = ran(lambda number: verbs)

    assert len(small.bookshelf.asked) == SILENT_DOCUMENTS_MAX + 1
    assert small.store.notifications.codes[-1] == 11215
    assert len(small.store.notifications.codes) <= SILENT_DOCUMENTS_MAX + TIMES_MAX + 1


def test_documents_that_wait_may_go_round_as_long_as_the_call_may_last() -> None:
    rounds = 3 * SILENT_DOCUMENTS_MAX

    small = ran(lambda number: "<Pause/><Redirect/>" if number < rounds else "<Hangup/>")

    assert len(small.bookshelf.asked) == rounds + 1
    assert small.store.notifications.codes == []


def test_a_document_that_waits_begins_the_count_anew() -> None:
    def make(number: int) -> str:
        return "<Pause/><Redirect/>" if number == SILENT_DOCUMENTS_MAX else "<Redirect/>"

    assert len(ran(make).bookshelf.asked) == 2 * SILENT_DOCUMENTS_MAX + 2


def test_the_same_problem_of_a_document_that_goes_round_is_told_a_few_times() -> None:
    small = ran(lambda number: "<Foo/><Redirect/>")

    assert small.store.notifications.codes == [12200] * TIMES_MAX + [11215]


def test_a_flood_of_problems_is_told_up_to_a_bound() -> None:
    small = ran(lambda number: f"<Foo{number}/>" * 100 + "<Redirect/>")

    codes = small.store.notifications.codes
    assert codes.count(12200) == PROBLEMS_MAX
    assert codes[-1] == 11215


@pytest.mark.parametrize(
    "root",
    [
        "<!DOCTYPE R [<!ENTITY a 'aaaaaaa'><!ENTITY b '&a;&a;&a;'>]><Response><Say>&b;</Say></Response>",
        "<!DOCTYPE Response SYSTEM 'file:///etc/passwd'><Response/>",
        "<!DOCTYPE Response [<!ENTITY a SYSTEM 'http://192.0.2.1/'>]><Response><Say>&a;</Say></Response>",
        "<Response><Say " + " ".join(f"a{number}=''" for number in range(65)) + "/></Response>",
        "<Response>" + "<Say>" * 60 + "</Say>" * 60 + "</Response>",
        "<Response>" + "<Pause/>" * 2_001 + "</Response>",
    ],
    ids=["entity bomb", "external DTD", "external entity", "attributes", "depth", "elements"],
)
def test_a_document_that_is_made_to_hurt_fails_and_the_caller_is_told(root: str) -> None:
    async def scenario() -> tuple[SmallExchange, list[str]]:
        async with small_exchange({VOICE: root}) as small:
            call = await small.dial()
            await call.ended()
            return small, [request.url for request in small.bookshelf.asked]

    small, asked = run(scenario())

    assert small.store.notifications.codes == [12100]
    assert asked == [VOICE]
    assert small.voice.texts == [ERROR_SENTENCE]


Shown = tuple[str, str, str, str, str]
"""Method, URL, parameters, headers and body of a notification."""


def noted(documents: dict[str, str | int], media: dict[str, bytes | int] | None = None) -> list[Shown]:
    """What the notifications of a call say of the requests that they are about, in order."""

    async def scenario() -> list[Shown]:
        async with small_exchange(documents) as small:
            small.bookshelf.media = media or {}
            call = await small.dial()
            await call.ended()
            return [
                (
                    each.request_method,
                    each.request_url,
                    each.request_variables,
                    each.response_headers,
                    each.response_body,
                )
                for each in small.store.notifications.history
            ]

    return run(scenario())


def shown(body: str, url: str = VOICE) -> Shown:
    return ("POST", url, "CallSid=CA1", "Server=shelf", body)


def test_a_document_that_is_refused_is_noted_with_what_was_asked_and_answered() -> None:
    assert noted({VOICE: 11200}) == [shown("not there")]


def test_a_document_that_cannot_be_read_is_noted_with_it() -> None:
    assert noted({VOICE: "<Response>"}) == [shown("<Response>")]


def test_a_document_that_cannot_be_run_to_its_end_is_noted_with_it() -> None:
    document = "<Response><Play/></Response>"
    assert noted({VOICE: document})[-1] == shown(document)


def test_a_file_that_is_not_there_is_noted_and_not_the_document_that_names_it() -> None:
    (of_file,) = noted({VOICE: "<Response><Play>/gone.wav</Play></Response>"})
    assert of_file == ("GET", "http://app.test/gone.wav", "", "", "no such file")


def test_with_the_first_of_many_problems_stands_the_document_and_with_all_the_request() -> None:
    document = "<Response><Foo/><Bar/></Response>"
    assert noted({VOICE: document}) == [shown(document), ("POST", VOICE, "CallSid=CA1", "", "")]


def test_a_document_for_who_waits_is_noted_likewise() -> None:
    wait = "http://app.test/wait"
    documents: dict[str, str | int] = {
        VOICE: "<Response><Enqueue waitUrl='/wait'>line</Enqueue></Response>",
        wait: "<Response><Reject/></Response>",
    }

    async def scenario() -> Shown:
        async with small_exchange(documents) as small:
            call = await small.call()
            await asyncio.sleep(2)
            (each,) = small.store.notifications.history
            await call.hang_up()
            return (
                each.request_method,
                each.request_url,
                each.request_variables,
                each.response_headers,
                each.response_body,
            )

    assert run(scenario()) == shown("<Response><Reject/></Response>", wait)
