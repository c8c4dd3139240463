"""`offhook twiml check`: what is told of a file, of standard input and of an application's answer."""

import asyncio
import json
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from offhook.twiml.verbs.play import Play
from tests.support.web_application import Answer, Application, answer, running_application

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
    result = check_text("<Response>\n<Pay/><Say/></Response>", "--json")

    assert result.exit_code == 1
    assert json.loads(result.output) == [
        {
            "line": 2,
            "column": 1,
            "code": 13750,
            "level": "note",
            "message": "Twilio's verb <Pay> is not run by this version of Offhook",
        },
        {"line": 2, "column": 7, "code": 13520, "level": "warning", "message": "<Say> has no text: skipped"},
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
        "<Dial><Conference>room</Conference></Dial>",
        "<Gather input='speech'/>",
        "<Record transcribe='true'/>",
    ],
)
def test_what_twilio_knows_and_is_not_run_is_a_note_and_leaves_0(inside: str) -> None:
    result = check_text(f"<Response>{inside}</Response>", "--json")

    assert result.exit_code == 0
    assert {problem["level"] for problem in json.loads(result.output)} == {"note"}


def test_a_verb_that_is_read_and_not_run_yet_is_a_note_beside_what_is_wrong_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("offhook.verbs.catalogue.NOT_RUN_YET", frozenset({Play}))

    result = check_text("<Response><Play loop='x'>/a.mp3</Play><Hangup/></Response>", "--json")

    assert result.exit_code == 1
    assert [(each["code"], each["level"]) for each in json.loads(result.output)] == [
        (13410, "warning"),
        (13750, "note"),
    ]


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
