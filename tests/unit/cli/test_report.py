"""What a phone prints and gives as JSON of the messages of a call."""

import json

import pytest

from offhook.cli.telephone.messages import MessagesTold
from offhook.cli.telephone.report import Report, place_of
from offhook.model.user_defined_message import ContentError
from offhook.phone.script import StepDone
from offhook.phone.steps import SendMessage
from offhook.speech.ports import Spotting


def test_messages_are_told_as_they_come_and_kept_as_they_were_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report("offhook call", talks=True)
    told = MessagesTold(report)
    told.handle_message('{"key":"välue"}')
    told.handle_message('{\n\t"a": 1\r\n}')
    told.handle_bad_message(ContentError(32701, "a message of text/plain: application/json is taken", 415))
    report.step(StepDone(SendMessage("[1]"), 0.5, 0.75))
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ['received {"key":"välue"}', 'received {  "a": 1  }', "sent [1]"]
    refused = (
        "a message of the other side was refused with 415: a message of text/plain: application/json is taken"
    )
    assert printed.err == f"offhook call: {refused}\n"
    facts = json.loads(report.as_json())
    assert facts["messages"] == ['{"key":"välue"}', '{\n\t"a": 1\r\n}']
    assert facts["steps"] == [{"step": "send_message", "content": "[1]", "began_s": 0.5, "ended_s": 0.75}]


def test_a_terminal_is_told_nothing_that_it_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    MessagesTold(Report("offhook call", talks=True)).handle_message('"\x9b2J\u202e😀"')
    assert capsys.readouterr().out == 'received "\\u009b2J\\u202e😀"\n'


def test_a_call_without_messages_says_nothing_of_them() -> None:
    assert "messages" not in json.loads(Report("offhook call", talks=False).as_json())


@pytest.mark.parametrize(("difference", "shown"), [(2.44, "2.4"), (4.76, "4.76"), (4.84, "4.84")])
def test_a_difference_beside_the_limit_is_told_so_that_it_is_seen_on_which_side(
    difference: float, shown: str
) -> None:
    _, line = place_of(Spotting(start_s=0.31, end_s=1.28, difference=difference))
    assert line == f"at 0.3 to 1.3 s (difference {shown})"
