"""One table per resource: what is read, what is refused, with which code."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.call import CallStatus
from offhook.rest import parameters
from offhook.rest.errors import ApiError
from offhook.rest.parameters import Parameter, ParameterTable

NAME: Final = Parameter("Name", parameters.text(5), code=1, default="")
URL: Final[Parameter[str | None]] = Parameter("Url", parameters.http_url, 2, None, is_clearable=True)
CODED: Final = Parameter(
    "Who", parameters.text(5), 4, "", missing_code=5, missing_complaint="Nobody is specified"
)
FLAG: Final = Parameter("Flag", parameters.boolean, 3, default=False)
TABLE: Final = ParameterTable(NAME, URL, FLAG, required=(NAME,))


def code_of(fields: list[tuple[str, str]]) -> int:
    with pytest.raises(ApiError) as caught:
        TABLE.read(fields)
    return caught.value.code


def test_what_is_sent_is_read_and_the_rest_is_default() -> None:
    values = TABLE.read([("Flag", "TRUE"), ("Name", "abc")])
    assert (values[NAME], values[URL], values[FLAG]) == ("abc", None, True)
    assert values.get(URL, "http://kept") == "http://kept"
    assert values.texts == {"Name": "abc", "Flag": "TRUE"}


def test_an_empty_string_clears_what_can_be_cleared() -> None:
    values = TABLE.read([("Name", "abc"), ("Url", ""), ("Flag", "")])
    assert values.get(URL, "http://stored") is None
    assert values.get(FLAG, default=True) is True


def test_unknown_names_are_ignored_and_the_first_of_many_counts() -> None:
    values = TABLE.read([("Colour", "red"), ("Name", "one"), ("Name", "two"), ("name", "three")])
    assert values[NAME] == "one"


def test_errors_carry_the_code_of_their_parameter() -> None:
    assert code_of([]) == 1
    assert code_of([("Name", "")]) == 1
    assert code_of([("Name", "abcdef")]) == 1
    assert code_of([("Name", "abc"), ("Url", "ftp://x")]) == 2
    assert code_of([("Name", "abc"), ("Flag", "yes")]) == 3


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ([], 5, "Nobody is specified: Who is required"),
        ([("Who", "")], 5, "Nobody is specified: Who is required"),
        ([("Who", "abcdef")], 4, "Invalid Who: it is longer than 5 characters"),
    ],
)
def test_what_is_missing_may_have_a_code_of_its_own(
    fields: list[tuple[str, str]], code: int, text: str
) -> None:
    with pytest.raises(ApiError) as caught:
        ParameterTable(CODED, required=(CODED,)).read(fields)
    assert (caught.value.code, caught.value.message) == (code, text)


GOOD: list[tuple[Callable[[str], Any], str, object]] = [
    (parameters.text(3), "äöü", "äöü"),
    (parameters.http_url, "http://localhost:3000/voice?a=b#ct=1", "http://localhost:3000/voice?a=b#ct=1"),
    (parameters.http_url, "https://me:secret@example.com", "https://me:secret@example.com"),
    (parameters.http_url, "http://[::1]:80/", "http://[::1]:80/"),
    (parameters.http_method, "get", "GET"),
    (parameters.boolean, "False", False),
    (parameters.integer(1, 32), "32", 32),
    (parameters.sid("CA"), "CA" + "0" * 32, "CA" + "0" * 32),
    (parameters.word(CallStatus), "in-progress", CallStatus.IN_PROGRESS),
    (parameters.moment, "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    (parameters.moment, "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (parameters.moment, "2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (
        parameters.moment,
        "2026-01-02T03:04:05+02:00",
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
    ),
]
BAD: list[tuple[Callable[[str], Any], list[str]]] = [
    (parameters.text(3), ["abcd", "a\r\n", "\0", "\x7f"]),
    (parameters.http_url, ["voice", "/voice", "http:", "http://", "//host/x", "javascript:alert(1)"]),
    (
        parameters.http_url,
        ["http://host:99999/", "http://host:0/", "http://host:x/", "http://a b/", "http://[::1/"],
    ),
    (parameters.http_url, ["http://host/\r\nX: y", "http://host/\t", "http://" + "a" * 4000]),
    (parameters.http_method, ["PUT", "", "GET "]),
    (parameters.boolean, ["1", "yes", "truee"]),
    (parameters.integer(1, 32), ["0", "33", "-1", "1.0", "٣", "9" * 5000, "x"]),
    (parameters.sid("CA"), ["CA", "CA" + "0" * 31, "CA" + "0" * 33, "SD" + "0" * 32, "CA" + "G" * 32]),
    (parameters.word(CallStatus), ["initiated", "Queued", ""]),
    (parameters.moment, ["yesterday", "2026-13-01", "2026-02-30", "2026-01-02T25:00:00Z", "20260102"]),
    (parameters.moment, ["2026-W01-1", "9999-12-31", "2026-01-02T03:04:05.1234567890123Zz"]),
]


@pytest.mark.parametrize(("read", "text", "value"), GOOD)
def test_good_values(read: Callable[[str], Any], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in BAD for text in texts])
def test_bad_values(read: Callable[[str], Any], text: str) -> None:
    parameter: Parameter[object] = Parameter("It", read, code=7, default=None)
    with pytest.raises(ApiError) as caught:
        ParameterTable(parameter, required=(parameter,)).read([("It", text)])
    assert caught.value.code == 7


@given(read=st.sampled_from([read for read, _ in BAD]), text=st.text())
def test_any_text_is_a_value_or_an_api_error(read: Callable[[str], Any], text: str) -> None:
    parameter: Parameter[object] = Parameter("It", read, code=7, default=None)
    code = 7
    try:
        ParameterTable(parameter).read([("It", text)])
    except ApiError as error:
        code = error.code
    assert code == 7


def test_a_date_that_leaves_the_calendar_is_refused() -> None:
    parameter: Parameter[object] = Parameter("It", parameters.moment, code=7, default=None)
    with pytest.raises(ApiError):
        ParameterTable(parameter).read([("It", "0001-01-01T00:00:00+14:00")])
