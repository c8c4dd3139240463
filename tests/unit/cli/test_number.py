"""`offhook number`: numbers made, shown, changed and deleted, against a node's API and store."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, running_api

NUMBER = "+14155550100"
Commands = Callable[..., list[Result]]


@pytest.fixture
def offhook(tmp_path: Path) -> Commands:
    """`offhook number …` for each command line, one after another, against one node's API."""

    def run(*lines: str) -> list[Result]:
        async def whole() -> list[Result]:
            async with running_api(tmp_path) as api:
                flags = ["--url", api.url, "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
                return [
                    await asyncio.to_thread(CliRunner().invoke, app, ["number", *line.split(), *flags])
                    for line in lines
                ]

        return asyncio.run(whole())

    return run


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_number_is_made_listed_changed_and_deleted(offhook: Commands) -> None:
    created, listed, changed, deleted, empty = offhook(
        f"create {NUMBER} --voice-url http://localhost:3000/voice --status-callback-url http://s/",
        "list",
        f"set {NUMBER} --voice-url http://localhost/ --voice-method GET --friendly-name Desk --json",
        f"delete {NUMBER}",
        "list --json",
    )

    assert created.exit_code == 0, created.output
    assert created.stdout.splitlines()[:4] == [
        NUMBER,
        "  name for people:  (415) 555-0100",
        "  Voice URL:        http://localhost:3000/voice",
        "  status URL:       http://s/",
    ]
    header, row = listed.stdout.splitlines()
    assert header.split() == ["phone_number", "friendly_name", "voice_url", "voice_application_sid", "sid"]
    assert row.startswith(f"{NUMBER}  (415) 555-0100  http://localhost:3000/voice  -  ")
    number = shown(changed)
    assert (number["voice_url"], number["voice_method"]) == ("http://localhost/", "GET")
    assert (number["friendly_name"], number["status_callback"]) == ("Desk", "http://s/")
    assert deleted.stdout == f"{NUMBER} is deleted\n"
    assert shown(empty) == []


def test_a_number_is_named_by_its_digits_with_or_without_a_plus_or_by_its_sid(offhook: Commands) -> None:
    sid = shown(offhook(f"create {NUMBER} --json")[0])["sid"]

    for found in offhook(*(f"show {name} --json" for name in (NUMBER, NUMBER[1:], sid))):
        assert shown(found)["sid"] == sid


def test_an_unknown_number_is_told_with_those_there_are(offhook: Commands) -> None:
    none, _, other, sid = offhook("show +1999", f"create {NUMBER}", "delete +1999", f"show PN{'0' * 32}")

    assert none.exit_code == other.exit_code == sid.exit_code == 1
    assert none.stderr == (
        "offhook number: there is no number +1999; the account has none; add one with number create\n"
    )
    assert other.stderr == f"offhook number: there is no number +1999; the account has {NUMBER}\n"
    assert f"the account has {NUMBER}" in sid.stderr


def test_of_many_numbers_ten_are_told(offhook: Commands) -> None:
    *_, unknown = offhook(*(f"create +1{number}" for number in range(100, 112)), "show +1999")

    assert unknown.stderr.endswith(" and 2 more\n")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("create 555-0100", 21421),
        (f"create {NUMBER}", 21422),
        (f"set {NUMBER} --voice-method PUT", 21403),
        (f"set {NUMBER} --application AP{'0' * 32}", 21420),
        (f"set {NUMBER} --voice-url ftp://x", 21402),
    ],
)
def test_what_the_api_refuses_is_told_in_its_words(offhook: Commands, line: str, code: int) -> None:
    _, refused = offhook(f"create {NUMBER}", line)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("offhook number: the API answered 400: ")
    assert refused.stderr.endswith(f"({code})\n")


def test_nothing_to_set_is_2(offhook: Commands) -> None:
    (result,) = offhook(f"set {NUMBER}")

    assert result.exit_code == 2
    assert "nothing to set" in result.stderr
