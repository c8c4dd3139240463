"""Queue and Application, the nouns that stand alone."""

import pytest

from offhook.twiml.dial.application import Application
from offhook.twiml.dial.queue import Queue
from offhook.twiml.dial.status_callback import Whisper
from offhook.twiml.dial.undiallable import Undiallable
from tests.support.twiml import codes, document, only_noun

SID = "AP" + "1" * 32


def queue(attributes: str = "", inside: str = "support") -> str:
    return f"<Dial><Queue {attributes}>{inside}</Queue></Dial>"


def application(attributes: str = "", inside: str = SID) -> str:
    return f"<Dial><Application {attributes}>{inside}</Application></Dial>"


def test_a_queue_with_and_without_a_document_before_the_bridge() -> None:
    assert only_noun(document(queue()), Queue) == Queue("support")
    found = document(queue("url='/before' method='GET'"))
    assert only_noun(found, Queue) == Queue("support", Whisper("/before", "GET"))
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attributes", "inside", "code"),
    [
        ("method='PUT'", "q", 14210),
        ("url='a b'", "q", 14211),
        ("", "", 14212),
        ("", "q" * 65, 14213),
    ],
)
def test_a_fault_of_a_queue_fails_its_dial(attributes: str, inside: str, code: int) -> None:
    found = document(queue(attributes, inside))

    assert only_noun(found, Undiallable) == Undiallable("Queue", code)
    assert codes(found) == [code]


@pytest.mark.parametrize("attribute", ["reservationSid", "postWorkActivitySid"])
def test_task_routing_is_noted_and_the_queue_dialled(attribute: str) -> None:
    found = document(queue(f"{attribute}='WR1'"))

    assert only_noun(found, Queue) == Queue("support")
    assert codes(found) == [12200]


@pytest.mark.parametrize("inside", [SID, f"<ApplicationSid>{SID}</ApplicationSid>"])
def test_an_application_as_text_or_as_element(inside: str) -> None:
    assert only_noun(document(application("", inside)), Application) == Application(SID)


def test_everything_that_can_be_said_of_an_application() -> None:
    found = document(
        application(
            "customerId='c7' copyParentTo='true' url='/before'",
            f"<ApplicationSid>{SID}</ApplicationSid><Parameter name='a' value='1'/>",
        )
    )

    assert only_noun(found, Application) == Application(
        SID, (("a", "1"),), "c7", copies_parent_to=True, whisper=Whisper("/before", "POST")
    )
    assert found.problems == ()


@pytest.mark.parametrize("inside", ["", "AP1", "AC" + "1" * 32, "ap" + "1" * 32, "AP" + "g" * 32])
def test_12200_for_what_is_no_application(inside: str) -> None:
    found = document(application("", inside))

    assert only_noun(found, Undiallable) == Undiallable("Application", 12200)
    assert codes(found) == [12200]


def test_a_second_sid_and_other_elements_are_skipped() -> None:
    found = document(application("", f"{SID}<ApplicationSid>{SID}</ApplicationSid><Say>a</Say>"))

    assert only_noun(found, Application) == Application(SID)
    assert codes(found) == [12200, 12200]
