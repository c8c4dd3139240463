"""`offhook trunk`: trunks made, shown, changed, let in, registered, deleted, against a node's API."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, running_api

Commands = Callable[..., list[Result]]


@pytest.fixture
def offhook(tmp_path: Path) -> Commands:
    """`offhook …` for each command line, one after another, against one node's API."""

    def run(*lines: str) -> list[Result]:
        async def whole() -> list[Result]:
            async with running_api(tmp_path) as api:
                flags = ["--url", api.url, "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
                return [
                    await asyncio.to_thread(
                        CliRunner().invoke, app, [*line.split(), *flags], input="pass word\n"
                    )
                    for line in lines
                ]

        return asyncio.run(whole())

    return run


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_trunk_is_made_listed_changed_and_deleted(offhook: Commands) -> None:
    _, created, listed, changed, again, deleted, empty, domain = offhook(
        "domain create carrier",
        "trunk create Carrier --target sip:one.example --target sip:two.example;transport=tls"
        " --voice-url https://app.example/voice --domain carrier",
        "trunk list",
        "trunk set Carrier --target sip:three.example --voice-method GET --json",
        "trunk set Carrier --voice-url https://other.example/ --json",
        "trunk delete Carrier",
        "trunk list --json",
        "domain show carrier --json",
    )
    assert created.exit_code == 0, created.output
    lines = created.stdout.splitlines()
    assert lines[:2] == ["Carrier", "  Voice URL:    https://app.example/voice"]
    assert "  target:       sip:one.example (priority 1, weight 10)" in lines
    assert "  target:       sip:two.example;transport=tls (priority 2, weight 10)" in lines
    assert "  SIP Domain:   carrier.sip.localhost" in lines
    header, row = listed.stdout.splitlines()
    assert header.split() == ["friendly_name", "voice_url", "connection_policy_sid", "sid"]
    assert row.startswith("Carrier  ")
    assert [target["target"] for target in shown(changed)["targets"]] == ["sip:three.example"]
    assert (shown(changed)["voice_method"], shown(changed)["voice_url"]) == (
        "GET",
        "https://app.example/voice",
    )
    assert len(shown(again)["targets"]) == 1
    assert deleted.stdout == "Carrier is deleted\n"
    assert shown(empty) == []
    assert shown(domain)["byoc_trunk_sid"] is None


def test_a_carrier_is_let_in_by_its_address(offhook: Commands) -> None:
    _, _, without, _, allowed, twice, bad, show, other, removed, none, again = offhook(
        "domain create carrier",
        "trunk create Carrier",
        "trunk allow Carrier 192.0.2.7",
        "trunk set Carrier --domain carrier",
        "trunk allow Carrier 192.0.2.7/24",
        "trunk allow Carrier 192.0.2.0/24",
        "trunk allow Carrier carrier.example",
        "trunk show Carrier",
        "trunk allow Carrier 192.0.2.8 --remove",
        "trunk allow Carrier 192.0.2.0/24 --remove",
        "trunk show Carrier --json",
        "trunk allow Carrier 192.0.2.0/24",
    )
    assert (without.exit_code, "trunk set Carrier --domain" in without.stderr) == (1, True)
    assert allowed.stdout == "Carrier: 192.0.2.0/24 may call, as carrier.sip.localhost\n"
    assert (twice.exit_code, "20409" in twice.stderr) == (1, True)
    assert bad.exit_code == 2
    assert "  may call:     192.0.2.0/24" in show.stdout.splitlines()
    assert other.exit_code == 1
    assert "192.0.2.8/32 is not among those that may call Carrier: 192.0.2.0/24" in other.stderr
    assert removed.stdout == "Carrier: 192.0.2.0/24 may call no longer\n"
    assert shown(none)["allowed"] == []
    assert again.exit_code == 0, "its IP record is gone, too"


def test_a_registration_is_made_shown_and_ended(offhook: Commands) -> None:
    _, made, unusable, ended, none = offhook(
        "trunk create Carrier",
        "trunk register Carrier sip:carrier.example 4930111 --expires 300",
        "trunk register Carrier sips:carrier.example 4930111",
        "trunk unregister Carrier",
        "trunk unregister Carrier",
    )
    assert made.exit_code == 0, made.output
    assert "  registrar:    sip:carrier.example as 4930111" in made.stdout.splitlines()
    assert "pass word" not in made.output
    assert (unusable.exit_code, "20422" in unusable.stderr) == (1, True)
    assert ended.stdout == "Carrier is not registered any longer\n"
    assert none.exit_code == 1


def test_what_there_is_not_is_said(offhook: Commands) -> None:
    none, _, _, several, another, nothing = offhook(
        "trunk show Carrier",
        "trunk create Carrier",
        "trunk create Carrier",
        "trunk show Carrier",
        "trunk show Other",
        "trunk set Carrier",
    )
    assert "there is no trunk Carrier; the account has none" in none.stderr
    assert "2 trunks are called Carrier; say which: BY" in several.stderr
    assert "the account has Carrier, Carrier" in another.stderr
    assert [result.exit_code for result in (none, several, another, nothing)] == [1, 1, 1, 2]
