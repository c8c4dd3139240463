"""`offhook calls`: why, list, show (design 1.2)."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from offhook.model.call import CallStatus
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.stores import BORN, call, notification, numbered, refusal

Run = Callable[..., Result]


def fill(api: RunningApi) -> None:
    """A refused INVITE, seen three times, and a call that failed with a logged error."""
    for _ in range(3):
        one = replace(refusal(2, account_sid=ACCOUNT_SID), nearly="203.0.113.8/32 (Lab)")
        api.store.refusals.post(one)
    failed = replace(
        call(1, account_sid=ACCOUNT_SID), status=CallStatus.FAILED, sip_response_code=404, ended_at=BORN
    )
    api.store.calls.post(failed)
    api.store.calls.post(call(2, account_sid=ACCOUNT_SID, seconds=1))
    logged = replace(notification(1, call_sid=failed.sid), account_sid=ACCOUNT_SID, error_code=21205)
    api.store.notifications.post(logged)
    later = replace(
        notification(2, call_sid=failed.sid),
        account_sid=ACCOUNT_SID,
        error_code=11200,
        response_headers="Server=x&Content-Type=text%2Fplain%3B+charset%3Dutf-8",
        response_body="Traceback (most recent call last):\n\n  NameError: \x1b[2Jname\n" + "line\n" * 20,
    )
    api.store.notifications.post(replace(later, message_date=logged.message_date + timedelta(seconds=1)))


@pytest.fixture
def offhook(tmp_path: Path) -> Run:
    """`offhook calls ARGUMENTS` against a node's API."""

    def run(*arguments: str, token: str = AUTH_TOKEN) -> Result:
        is_new = not (tmp_path / "offhook.db").exists()

        async def whole() -> Result:
            async with running_api(tmp_path) as api:
                if is_new:
                    fill(api)
                flags = ("--url", api.url, "--account-sid", ACCOUNT_SID, "--auth-token", token)
                return await asyncio.to_thread(CliRunner().invoke, app, ["calls", *arguments, *flags])

        return asyncio.run(whole())

    return run


def test_why_says_what_arrived_what_it_met_what_was_sent_and_what_to_change(offhook: Run) -> None:
    result = offhook("why", "2@203.0.113.9")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "INVITE refused: Authentication failure - source IP Address not in ACL"
    facts = dict(line.strip().split(":", 1) for line in lines[1:])
    assert facts["came from"].strip() == "203.0.113.9 over UDP"
    assert facts["asked for"].strip() == "sip:help@office.sip.localhost"
    assert facts["held against"].strip().startswith("203.0.113.9 against 1 listed addresses")
    assert facts["nearly"].strip() == "203.0.113.8/32 (Lab)"
    assert facts["sent"].strip() == "403 with X-Twilio-Error 32201"
    assert facts["change"].strip().startswith("Add the source address")
    assert "the last of 3 within a minute" in facts["when"]


@pytest.mark.parametrize("name", [numbered("CA", 1), "1@192.0.2.7"])
def test_why_tells_of_a_call_by_its_sid_and_by_its_call_id(offhook: Run, name: str) -> None:
    result = offhook("why", name)
    assert result.exit_code == 0
    assert f"inbound call {numbered('CA', 1)}: failed" in result.output
    assert "SIP status:   404" in result.output
    assert 0 < result.output.find("error 21205:") < result.output.find("11200:")
    assert "Give the SIP Domain a Voice URL" in result.output


def test_why_shows_the_first_lines_of_what_the_application_answered(offhook: Run) -> None:
    output = offhook("why", numbered("CA", 1)).output
    lines = [line.strip() for line in output[output.index("error 11200") :].splitlines()]
    assert "webhook:      POST http://localhost:3000/voice" in lines
    begun = lines.index("answer:       text/plain; charset=utf-8, which begins")
    assert [line.removeprefix("|:").strip() for line in lines[begun + 1 : begun + 4]] == [
        "Traceback (most recent call last):",
        "NameError:  [2Jname",
        "line",
    ]
    assert lines.count("|:            line") == 6, "eight lines of it"


def test_why_as_json_has_the_whole_answer(offhook: Run) -> None:
    (call,) = json.loads(offhook("why", numbered("CA", 1), "--json").output)["calls"]
    assert call["notifications"][1]["response_body"].startswith("Traceback")


def test_why_says_when_nothing_was_logged(offhook: Run) -> None:
    result = offhook("why", numbered("CA", 2))
    assert result.exit_code == 0
    assert "no error and no warning was logged" in result.output


def test_why_tells_what_was_refused_of_an_address(offhook: Run) -> None:
    result = offhook("why", "203.0.113.9")
    assert result.exit_code == 0
    assert "INVITE refused: Authentication failure" in result.output
    assert "Call-ID:      2@203.0.113.9" in result.output
    nothing = offhook("why", "203.0.113.10")
    assert nothing.exit_code == 1
    assert "nothing that came from 203.0.113.10 was refused" in nothing.output


@pytest.mark.parametrize("name", [numbered("CA", 9), "nobody@nowhere", "../../etc"])
def test_why_of_nothing_is_1(offhook: Run, name: str) -> None:
    result = offhook("why", name)
    assert result.exit_code == 1
    assert name in result.output


def test_why_as_json(offhook: Run) -> None:
    result = offhook("why", "2@203.0.113.9", "--json")
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["calls"] == []
    assert (found["refusals"][0]["code"], found["refusals"][0]["count"]) == (32201, 3)
    nothing = offhook("why", "nobody@nowhere", "--json")
    assert (nothing.exit_code, json.loads(nothing.output)) == (1, {"calls": [], "refusals": []})


def test_list_is_a_table_of_the_newest(offhook: Run) -> None:
    rows = offhook("list").output.splitlines()
    assert rows[0].split() == ["sid", "start_time", "direction", "from", "to", "status", "duration"]
    assert [row.split()[0] for row in rows[1:]] == [numbered("CA", 2), numbered("CA", 1)]
    as_json = json.loads(offhook("list", "--limit", "1", "--json").output)
    assert [one["sid"] for one in as_json] == [numbered("CA", 2)]


def test_show_is_the_record(offhook: Run) -> None:
    result = offhook("show", numbered("CA", 1))
    assert result.exit_code == 0
    assert "status" in result.output
    assert json.loads(offhook("show", numbered("CA", 1), "--json").output)["status"] == "failed"
    assert offhook("show", numbered("CA", 9)).exit_code == 1


def test_a_wrong_token_is_told(offhook: Run) -> None:
    result = offhook("list", token="wrong")
    assert result.exit_code == 1
    assert "the API answered 401: Authenticate (20003)" in result.output


def test_the_account_of_the_data_dir_is_taken(tmp_path: Path) -> None:
    async def whole() -> tuple[Result, Result]:
        async with running_api(tmp_path) as api:
            fill(api)
            await api.store.calls.fetch(ACCOUNT_SID, numbered("CA", 1))

            def invoke(folder: Path) -> Result:
                environment = {
                    "OFFHOOK_URL": api.url,
                    "OFFHOOK_DATA_DIR": str(folder),
                    "OFFHOOK_ACCOUNT_SID": "",
                    "OFFHOOK_AUTH_TOKEN": "",
                }
                return CliRunner().invoke(app, ["calls", "why", "2@203.0.113.9"], env=environment)

            there = await asyncio.to_thread(invoke, tmp_path)
            return there, await asyncio.to_thread(invoke, tmp_path / "elsewhere")

    there, elsewhere = asyncio.run(whole())
    assert there.exit_code == 0, there.output
    assert elsewhere.exit_code == 1
    assert "there is no account in" in elsewhere.output
    assert not (tmp_path / "elsewhere").exists()


def test_end_of_a_call_that_has_ended_leaves_it_as_it_ended(offhook: Run) -> None:
    result = offhook("end", numbered("CA", 1))
    assert result.exit_code == 0, result.output
    assert result.output == f"{numbered('CA', 1)}: failed\n"


def test_end_of_an_unknown_call_is_1(offhook: Run) -> None:
    result = offhook("end", numbered("CA", 9))
    assert result.exit_code == 1
    assert f"there is no call {numbered('CA', 9)}" in result.output


def test_another_server_is_told(tmp_path: Path) -> None:
    async def whole() -> Result:
        async with running_api(tmp_path) as api:
            url = f"{api.url}/elsewhere"
            flags = ("--url", url, "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN)
            return await asyncio.to_thread(CliRunner().invoke, app, ["calls", "why", "a@b", *flags])

    result = asyncio.run(whole())
    assert result.exit_code == 1
    assert "is no Offhook node" in result.output


def test_a_node_that_does_not_answer_is_told() -> None:
    flags = ("--url", "http://127.0.0.1:9", "--account-sid", ACCOUNT_SID, "--auth-token", "x" * 32)
    result = CliRunner().invoke(app, ["calls", "list", *flags])
    assert result.exit_code == 1
    assert "does not answer" in result.output
