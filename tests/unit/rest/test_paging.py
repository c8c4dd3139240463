"""Pages, tokens and links (reference/rest-api 1.8)."""

from datetime import UTC, datetime

import pytest

from offhook.rest.errors import ApiError
from offhook.rest.paging import PAGE_SIZE, ListLinks, page_request, paged, represent
from offhook.rest.parameters import Parameter, text
from offhook.rest.representation import Format, Representation
from offhook.store.ports import Cursor, Page, PageRequest

STATUS = Parameter("StartTime>", text(40), code=20422, default="")
TABLE = paged(STATUS)
CURSOR = "CA" + "0" * 32
BORN = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
WHEN = "6475ef6574f35"
"""The same in microseconds since 1970, in hexadecimal."""
PLACE = f"{CURSOR}-{WHEN}"
PATH = "/2010-04-01/Accounts/AC1/Calls"


@pytest.mark.parametrize(
    ("sent", "size"),
    [("1", 1), ("50", 50), ("1000", 1000), ("1001", 1000), ("0", 1), ("-5", 1), ("99999999999", 1000)],
)
def test_page_size_is_clamped(sent: str, size: int) -> None:
    assert TABLE.read([("PageSize", sent)])[PAGE_SIZE] == size


@pytest.mark.parametrize("sent", ["abc", "1e3", "9" * 30])
def test_a_page_size_that_is_none_is_told_the_range(sent: str) -> None:
    with pytest.raises(ApiError) as caught:
        TABLE.read([("PageSize", sent)])
    assert caught.value.message == "Invalid PageSize: it must be a number from 1 to 1000"


@pytest.mark.parametrize(
    ("fields", "request_"),
    [
        ([], PageRequest(50)),
        ([("PageSize", "7"), ("Page", "0")], PageRequest(7)),
        ([("Page", "1"), ("PageToken", f"PA{PLACE}")], PageRequest(50, before=Cursor(BORN, CURSOR))),
        ([("Page", "0"), ("PageToken", f"PB{PLACE}")], PageRequest(50, after=Cursor(BORN, CURSOR))),
    ],
)
def test_which_page_is_wanted(fields: list[tuple[str, str]], request_: PageRequest) -> None:
    assert page_request(TABLE.read(fields)) == request_


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([("Page", "1")], 70002),
        ([("PageToken", "PA")], 21481),
        ([("PageToken", f"PC{PLACE}")], 21481),
        ([("PageToken", f"PA{PLACE}x")], 21481),
        ([("PageToken", f"PA{CURSOR}")], 21481),
        ([("PageToken", f"PA{CURSOR}-fffffffffffffff")], 21481),
        ([("PageSize", "many")], 20422),
        ([("Page", "-1")], 20422),
    ],
)
def test_what_is_refused(fields: list[tuple[str, str]], code: int) -> None:
    with pytest.raises(ApiError) as caught:
        page_request(TABLE.read(fields))
    assert caught.value.code == code


def at_birth(sid: str) -> Cursor:
    return Cursor(BORN, sid)


def envelope(fields: list[tuple[str, str]], page: Page[str], wanted: Format = Format.JSON) -> object:
    links = ListLinks(PATH, TABLE.read(fields), wanted)
    whole = represent("calls", page, links, lambda sid: Representation("Call", {"sid": sid}), at_birth)
    assert [item.fields["sid"] for item in whole.items] == list(page.items)
    return dict(whole.envelope)


def test_an_empty_list() -> None:
    assert envelope([], Page([], has_older=False, has_newer=False)) == {
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 0,
        "uri": f"{PATH}.json?PageSize=50&Page=0",
        "first_page_uri": f"{PATH}.json?PageSize=50&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def test_a_page_in_the_middle_repeats_its_filters() -> None:
    fields = [("PageToken", "PA" + PLACE), ("Page", "1"), ("PageSize", "2"), ("StartTime>", "2020-01-01")]
    page = Page(["CA" + "2" * 32, "CA" + "1" * 32], has_older=True, has_newer=True)
    query = "StartTime%3E=2020-01-01&PageSize=2"
    assert envelope(fields, page) == {
        "page": 1,
        "page_size": 2,
        "start": 2,
        "end": 3,
        "uri": f"{PATH}.json?{query}&Page=1&PageToken=PA{PLACE}",
        "first_page_uri": f"{PATH}.json?{query}&Page=0",
        "next_page_uri": f"{PATH}.json?{query}&Page=2&PageToken=PACA{'1' * 32}-{WHEN}",
        "previous_page_uri": f"{PATH}.json?{query}&Page=0&PageToken=PBCA{'2' * 32}-{WHEN}",
    }


def test_links_of_xml_have_no_suffix() -> None:
    links = envelope([], Page(["CA" + "1" * 32], has_older=False, has_newer=False), Format.XML)
    assert isinstance(links, dict)
    assert links["uri"] == f"{PATH}?PageSize=50&Page=0"
