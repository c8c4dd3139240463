"""Enqueue, and the parameters of Hangup, Reject and Leave, as they are read."""

import pytest

from offhook.twiml.problem import Level
from offhook.twiml.verbs.enqueue import Enqueue
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.leave import Leave
from offhook.twiml.verbs.reject import Reject
from tests.support.twiml import codes, document, only


def test_what_is_not_said_has_its_default() -> None:
    assert only(document("<Enqueue> support </Enqueue>"), Enqueue) == Enqueue("support")


def test_everything_that_can_be_said() -> None:
    attributes = "action='a' method='get' waitUrl='w' waitUrlMethod='GET' maxQueueSize='7'"
    found = document(f"<Enqueue {attributes}>support</Enqueue>")

    assert only(found, Enqueue) == Enqueue("support", "a", "GET", "w", "GET", 7)
    assert found.problems == ()


@pytest.mark.parametrize(("written", "wait_url"), [("", None), ("waitUrl=''", ""), ("waitUrl=' '", "")])
def test_an_empty_wait_url_is_not_an_absent_one(written: str, wait_url: str | None) -> None:
    assert only(document(f"<Enqueue {written}>q</Enqueue>"), Enqueue).wait_url == wait_url


@pytest.mark.parametrize(
    ("written", "inside", "code"),
    [
        ("method='PUT'", "q", 14201),
        ("waitUrl='ftp://a/'", "q", 14202),
        ("action='a b'", "q", 14203),
        ("", "", 14204),
        ("", "q" * 65, 14205),
        ("waitUrlMethod='HEAD'", "q", 14206),
        ("workflowSid='WW1'", "q", 14220),
    ],
)
def test_a_fault_is_an_error_and_keeps_the_call_out(written: str, inside: str, code: int) -> None:
    found = document(f"<Enqueue {written}>{inside}</Enqueue>")

    assert only(found, Enqueue).fault == code
    assert [(problem.code, problem.level) for problem in found.problems] == [(code, Level.ERROR)]
    assert "not enqueued" in found.problems[0].message


def test_an_action_that_can_be_no_url_is_none() -> None:
    assert only(document("<Enqueue action='a b'>q</Enqueue>"), Enqueue).action is None


def test_of_several_faults_the_first_is_the_reason_and_all_are_noted() -> None:
    found = document("<Enqueue method='PUT' waitUrl='ftp://a/'/>")

    assert only(found, Enqueue).fault == 14201
    assert codes(found) == [14201, 14202, 14204]


@pytest.mark.parametrize("child", ["<Task>{}</Task>", "<Say>a</Say>"])
def test_12200_for_what_is_inside(child: str) -> None:
    found = document(f"<Enqueue>{child}support</Enqueue>")

    assert (only(found, Enqueue).name, codes(found)) == ("support", [12200])


@pytest.mark.parametrize(("verb", "kind"), [("Hangup", Hangup), ("Reject", Reject), ("Leave", Leave)])
def test_parameters_for_the_dial_of_an_application(verb: str, kind: type[Hangup | Reject | Leave]) -> None:
    found = document(f"<{verb}><Parameter name='a' value='1'/><Parameter name='a' value='2'/></{verb}>")

    assert only(found, kind).parameters == (("a", "1"), ("a", "2"))
    assert found.problems == ()
