"""`offhook twiml check`: what is told of a file, of standard input and of an application's answer."""

import asyncio
import json
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from tests.support.web_application import (
    Answer,
    Application,
    SeenRequest,
    answer,
    running_application,
)

GOOD = "<Response><Say>Hello</Say></Response>"
BAD = "<Response>\n  <Pause length='0'/>\n  <Foo/>\n</Response>"
TOKEN = "c" * 32
NOWHERE = {"OFFHOOK_DATA_DIR": "/nonexistent", "OFFHOOK_ACCOUNT_SID": "", "OFFHOOK_AUTH_TOKEN": ""}


def check(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["twiml", "check", *arguments], input=given, env=NOWHERE)


def check_text(text: str | bytes, *arguments: str) -> Result:
    return check("-", *arguments, given=text.encode() if isinstance(text, str) else text)


def check_answers(
    *answers: Answer, path: str = "/voice", arguments: tuple[str, ...] = ()
) -> tuple[Result, Application]:
    async def whole() -> tuple[Result, Application]:
        async with running_application(*answers) as application:
            result = await asyncio.to_thread(check, application.url + path, *arguments)
        return result, application

    return asyncio.run(whole())


def test_nothing_wrong_is_0(tmp_path: Path) -> None:
    file = tmp_path / "voice.xml"
    file.write_text(GOOD)

    result = check(str(file))

    assert result.exit_code == 0
    assert result.output == f"{file}: nothing wrong found\n"


def test_each_problem_has_its_place_its_line_and_a_caret(tmp_path: Path) -> None:
    file = tmp_path / "voice.xml"
    file.write_text(BAD)

    result = check(str(file))

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{file}:2:3: warning 13910: <Pause length> must be a whole number of seconds from 1: default used",
        "    2 |   <Pause length='0'/>",
        "      |   ^",
        f"{file}:3:3: warning 12200: <Foo> is not a TwiML verb: skipped",
        "    3 |   <Foo/>",
        "      |   ^",
        f"{file}: 2 warnings",
    ]


def test_json_is_a_list_of_line_column_code_level_message() -> None:
    result = check_text("<Response>\n<Sms>Hi</Sms><Say/></Response>", "--json")

    assert result.exit_code == 1
    assert json.loads(result.output) == [
        {
            "line": 2,
            "column": 1,
            "code": 12200,
            "level": "note",
            "message": "<Sms>: Offhook sends no messages: skipped",
        },
        {"line": 2, "column": 14, "code": 13520, "level": "warning", "message": "<Say> has no text: skipped"},
    ]


def test_json_of_nothing_wrong_is_an_empty_list() -> None:
    result = check_text(GOOD, "--json")

    assert (result.exit_code, json.loads(result.output)) == (0, [])


@pytest.mark.parametrize(
    "inside",
    [
        "<Pay/>",
        "<Sms>x</Sms>",
        "<Connect><VirtualAgent/></Connect>",
        "<Connect><Room>r</Room></Connect>",
        "<Dial><Sim>DE1</Sim></Dial>",
    ],
)
def test_what_twilio_knows_and_is_not_run_is_a_note_and_leaves_0(inside: str) -> None:
    result = check_text(f"<Response>{inside}</Response>", "--json")

    assert result.exit_code == 0
    assert {problem["level"] for problem in json.loads(result.output)} == {"note"}


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        (b"", 12100, 1, 1),
        (b"<Response>\n<Say>x</Response>", 12100, 2, 9),
        (b"<response/>", 12102, 1, 1),
        (b"<Response version='1'/>", 12101, 1, 1),
        (b"<Response>" + b" " * 65_536 + b"</Response>", 11750, 1, 1),
    ],
)
def test_a_fatal_error_is_the_only_one_and_1(body: bytes, code: int, line: int, column: int) -> None:
    result = check_text(body, "--json")

    assert result.exit_code == 1
    (problem,) = json.loads(result.output)
    assert (problem["code"], problem["level"]) == (code, "error")
    assert (problem["line"], problem["column"]) == (line, column)
    assert check_text(body).output.startswith(f"<stdin>:{line}:{column}: error {code}: ")


def test_the_line_of_a_document_in_utf_16_is_shown() -> None:
    result = check_text(
        '<?xml version="1.0" encoding="utf-16"?>\n<Response><Foo/></Response>'.encode("utf-16")
    )

    assert "    2 | <Response><Foo/></Response>\n      |           ^\n" in result.output


def test_a_long_line_is_cut_around_the_place_and_controls_do_not_reach_the_terminal() -> None:
    body = b"<Response><!--" + b"x" * 300 + b"\x1b[2J--><Foo/></Response>"

    lines = check_text(b"<Response><!--" + b"x" * 300 + b"--><Foo/></Response>").output.splitlines()
    hostile = check_text(body)

    assert len(lines[1]) < 120
    assert lines[1][lines[2].index("^") :].startswith("<Foo/>")
    assert "\x1b" not in hostile.output


def test_a_file_that_cannot_be_read_is_2(tmp_path: Path) -> None:
    missing, folder = check(str(tmp_path / "none.xml")), check(str(tmp_path))

    assert (missing.exit_code, folder.exit_code) == (2, 2)
    assert "none.xml cannot be read: No such file or directory" in missing.output
    assert "cannot be read: Is a directory" in folder.output


def test_no_argument_and_an_unknown_method_are_2() -> None:
    assert check().exit_code == 2
    assert check("-", "--method", "PUT").exit_code == 2


def test_a_url_is_asked_as_a_call_asks_and_signed_with_the_auth_token() -> None:
    result, application = check_answers(
        answer(GOOD), arguments=("--auth-token", TOKEN, "--account-sid", "AC" + "0" * 32)
    )

    assert result.exit_code == 0, result.output
    assert result.output == f"{application.url}/voice: nothing wrong found\n"
    (request,) = application.requests
    form = dict(request.form)
    assert request.method == "POST"
    assert (form["CallStatus"], form["Direction"], form["AccountSid"]) == (
        "ringing",
        "inbound",
        "AC" + "0" * 32,
    )
    validator = RequestValidator(TOKEN)
    assert validator.validate(f"{application.url}/voice", form, request.headers["x-twilio-signature"])


def test_a_url_is_asked_by_get_when_that_is_wanted() -> None:
    result, application = check_answers(answer(GOOD), arguments=("--method", "get"))

    assert result.exit_code == 0, result.output
    assert application.requests[0].method == "GET"
    assert dict(application.requests[0].query)["CallStatus"] == "ringing"


def test_problems_of_an_answer_are_told_at_the_url_it_came_from() -> None:
    moved = answer("", 302, None, "Location: /moved")
    result, application = check_answers(moved, answer(BAD))

    assert result.exit_code == 1
    assert f"{application.url}/moved:2:3: warning 13910" in result.output


def test_plain_text_is_spoken_and_so_nothing_is_wrong() -> None:
    result, _ = check_answers(answer("Good morning", 200, "text/plain"))

    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (answer("no", 404), 11200, "answered 404"),
        (answer("no", 403), 11200, "give the account's --auth-token"),
        (answer(GOOD, 200, "application/json"), 12300, "application/json"),
        (answer(GOOD, 200, None), 11200, "no Content-Type"),
        (answer("x" * 65_537), 11750, "longer than 65536"),
    ],
)
def test_an_answer_that_is_no_document_is_1_with_the_code_of_a_call(
    given: bytes, code: int, words: str
) -> None:
    told, application = check_answers(given)
    as_json, _ = check_answers(given, arguments=("--json",))

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert told.output.startswith(f"{application.url}/voice: error {code}: ")
    assert words in told.output
    (problem,) = json.loads(as_json.output)
    assert (problem["code"], problem["level"], problem["line"], problem["column"]) == (
        code,
        "error",
        None,
        None,
    )


def test_an_application_that_is_down_is_1() -> None:
    result = check("http://127.0.0.1:9/voice")

    assert result.exit_code == 1
    assert "error 11202: nothing listens on 127.0.0.1:9" in result.output


def test_a_url_that_is_none_is_11100() -> None:
    result = check("http://a_b/voice")

    assert result.exit_code == 1
    assert "http://a_b/voice: error 11100: " in result.output


def test_settings_that_cannot_be_read_are_2() -> None:
    environment = {**NOWHERE, "OFFHOOK_MEDIA_PORTS": "many"}
    result = CliRunner().invoke(app, ["twiml", "check", "http://127.0.0.1:9/"], env=environment)

    assert result.exit_code == 2
    assert "media_ports" in result.output.lower()


LOOP = "for as long as the caller does nothing, documents go round: 1 -> 1"
PAGES = {
    "/voice": "<Gather numDigits='1' action='/menu'><Say>Press.</Say></Gather><Redirect/>",
    "/menu": "<Say>Thank you.</Say><Foo/>",
}


def crawl(*arguments: str) -> Result:
    def page(request: SeenRequest) -> bytes:
        return answer(f"<Response>{PAGES[request.target]}</Response>")

    async def whole() -> Result:
        async with running_application(reply=page) as application:
            return await asyncio.to_thread(check, f"{application.url}/voice", *arguments)

    return asyncio.run(whole())


def test_a_crawl_shows_the_flow_and_what_is_wrong_with_each_document_and_the_whole() -> None:
    result = crawl("--crawl")

    assert result.exit_code == 1
    shown = [" ".join(line.split()) for line in result.output.splitlines() if line]
    assert shown[:5] == [
        "1 /voice",
        "1 Gather 1 key: “Press.”",
        "1-9, 0, * -> 2",
        "1 Redirect -> 1",
        "2 /menu",
    ]
    assert shown[-3:] == [
        "document 2 (/menu), 1:32: warning 12200: <Foo> is not a TwiML verb: skipped",
        f"document 1, line 1: warning: loop-without-input: {LOOP}",
        "2 documents, 16 requests: 2 warnings",
    ]


def test_a_crawl_in_json_has_documents_ways_and_findings() -> None:
    result = crawl("--crawl", "--json", "--digits", "7")

    found = json.loads(result.output)
    assert [document["url"].rpartition("/")[2] for document in found["documents"]] == ["voice", "menu"]
    assert found["documents"][1]["problems"][0]["code"] == 12200
    assert [(way["input"], way["leads_to"]) for way in found["ways"]] == [("7", 2), (None, 1)]
    assert [finding["kind"] for finding in found["findings"]] == ["loop-without-input"]


def test_a_drawing_is_written_to_a_file(tmp_path: Path) -> None:
    result = crawl("--svg", str(tmp_path / "flow.svg"))

    assert result.exit_code == 1
    assert (tmp_path / "flow.svg").read_text().startswith("<svg xmlns=")


def test_a_drawing_that_cannot_be_written_is_2(tmp_path: Path) -> None:
    result = crawl("--svg", str(tmp_path / "none" / "flow.svg"))

    assert result.exit_code == 2
    assert "No such file or directory" in result.output


def test_a_file_is_crawled_from_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "voice.xml"
    file.write_text("<Response><Say>a</Say><Redirect>http://127.0.0.1:1/x</Redirect></Response>")

    result = check(str(file), "--crawl", "--host", "127.0.0.1")

    assert result.exit_code == 1
    assert "error 11202" in result.output


def test_cookies_of_one_way_are_not_sent_on_another() -> None:
    sent: list[str] = []

    def page(request: SeenRequest) -> bytes:
        digits = dict(request.form).get("Digits")
        sent.append(f"{digits}: {request.headers.get('cookie')}")
        inside = "<Gather numDigits='1'/>" if digits is None else "<Say>a</Say>"
        return answer(f"<Response>{inside}</Response>", 200, "text/xml", f"Set-Cookie: last={digits}")

    async def whole() -> None:
        async with running_application(reply=page) as application:
            arguments = ("--crawl", "--digits", "1", "--digits", "2")
            await asyncio.to_thread(check, f"{application.url}/voice", *arguments)

    asyncio.run(whole())

    assert sent == ["None: None", "1: last=None", "2: last=None"]
