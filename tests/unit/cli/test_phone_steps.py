"""Steps come out in the order in which they stand on the command line."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from offhook.cli.main import app
from offhook.cli.telephone.steps import (
    ExpectOption,
    PlayOption,
    PressOption,
    SayOption,
    SendMessageOption,
    StepsInOrder,
    steps_in_order,
)
from offhook.phone.steps import Expect, Play, Press, Say, SendMessage, Step


def read(*arguments: str) -> tuple[Step, ...]:
    """The steps that a command with an argument and another option gets."""
    got: list[tuple[Step, ...]] = []
    small = typer.Typer()

    @small.command(cls=StepsInOrder)
    def command(
        ctx: typer.Context,
        who: str,
        *,
        say: SayOption = None,
        play: PlayOption = None,
        press: PressOption = None,
        expect: ExpectOption = None,
        send_message: SendMessageOption = None,
        loud: bool = False,
    ) -> None:
        del who, loud
        got.append(
            steps_in_order(ctx, say=say, play=play, press=press, expect=expect, send_message=send_message)
        )

    result = CliRunner().invoke(small, arguments)
    assert result.exit_code == 0, result.output
    return got[0]


def test_repeated_and_mixed_steps_keep_their_order() -> None:
    steps = read(
        "--say", "A", "--press", "1", "sip:x@y", "--say=B", "--expect", "C", "--loud", "--press", "2w#",
        "--play", "d.wav", "--send-message", '{"f":1}', "--say", "E",
    )  # fmt: skip
    assert steps == (
        Say("A"), Press("1"), Say("B"), Expect("C"), Press("2w#"), Play(Path("d.wav")),
        SendMessage('{"f":1}'), Say("E"),
    )  # fmt: skip


def test_no_steps_are_none() -> None:
    assert read("sip:x@y", "--loud") == ()


def test_a_value_that_looks_like_an_option_is_a_value() -> None:
    assert read("x", "--say", "--press", "--press", "1") == (Say("--press"), Press("1"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--press", "12E"), "'E' in '12E' are no keys"),
        (("--press", ""), "0 keys at once: 1 to 64 are allowed"),
        (("--press", "1" * 65), "65 keys at once: 1 to 64 are allowed"),
        (("--say", "..."), "there is nothing to say in '...'"),
        (("--expect", " "), "there is nothing to hear in ' '"),
        (("--send-message", "hello"), "'hello' cannot be sent: the content is no JSON"),
        (("--send-message", "1" * 10_001), "the content is longer than 10000 characters"),
        (("--auth", "alice"), "--auth is USER:PASSWORD"),
        (("--auth", ":secret"), "--auth is USER:PASSWORD"),
        (("--proxy", "a b"), "'a b' is no proxy: HOST:PORT is wanted"),
        (("--for", "0"), "Input should be greater than or equal to 0.1"),
    ],
)
@pytest.mark.parametrize(
    "command", [("call", "sip:x@127.0.0.1"), ("phone", "--register", "sip:u:p@127.0.0.1")]
)
def test_what_cannot_be_carried_out_is_2_before_anybody_is_called(
    command: tuple[str, ...], arguments: tuple[str, ...], complaint: str
) -> None:
    result = CliRunner().invoke(app, [*command, *arguments])
    assert result.exit_code == 2, result.output
    assert complaint in " ".join(result.output.replace("│", " ").split())
    assert "calling" not in result.output


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("sip:example.com", "sip:example.com names no user"),
        ("sip:user:se cret@example.com", "malformed user part; a SIP URI is wanted"),
        ("mailto:a@example.com", "no SIP URI; a SIP URI is wanted"),
    ],
)
def test_an_address_that_cannot_be_registered_is_2_and_no_password_is_printed(
    uri: str, complaint: str
) -> None:
    result = CliRunner().invoke(app, ["phone", "--register", uri])
    assert result.exit_code == 2
    assert complaint in result.output
    assert "cret" not in result.output
