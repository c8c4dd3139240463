"""Pages of lists: the parameters, the cursor in PageToken, the links around a list in both of its forms.

A token is `PA` and the place of the last record of the page before, or `PB` and that of the first record of
the page behind: its Sid, a dash, and its microseconds since 1970 in hexadecimal. So it stays good when the
record is deleted between two pages. Links repeat every filter. Source: reference/rest-api 1.8.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

from offhook.rest.errors import INVALID_PAGE_TOKEN, INVALID_PARAMETER, PAGE_WITHOUT_TOKEN, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, Values, integer
from offhook.rest.representation import Format, ListRepresentation, Representation
from offhook.store.ports import Cursor, Page, PageRequest

T = TypeVar("T")

DEFAULT_SIZE: Final = 50
LARGEST_SIZE: Final = 1000
_NUMBER: Final = 10**9
_TOKEN: Final = re.compile(r"P[AB]([A-Z]{2}[0-9a-f]{32})-([0-9a-f]{1,14})\Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Created(Protocol):
    """A record that is listed by when it was created."""

    @property
    def sid(self) -> str:
        """Its Sid."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        ...


def by_creation(record: Created) -> Cursor:
    """Where a record stands in its list."""
    return Cursor(record.created_at, record.sid)


def _size(text: str) -> int:
    """SDKs send the `limit` of a list unclamped, so a large number is not an error."""
    try:
        return max(1, min(integer(-(10**18), 10**18)(text), LARGEST_SIZE))
    except ValueError as error:
        raise ValueError(f"it must be a number from 1 to {LARGEST_SIZE}") from error


def _token(text: str) -> str:
    _place(text)
    return text


def _place(token: str) -> Cursor:
    """Where a token points; 14 digits reach the year 4253. Raises: ValueError."""
    found = _TOKEN.match(token)
    if found is None:
        raise ValueError("it was not taken from a page")
    return Cursor(_EPOCH + timedelta(microseconds=int(found[2], 16)), found[1])


def _token_at(letters: str, cursor: Cursor) -> str:
    return f"{letters}{cursor.sid}-{(cursor.moment - _EPOCH) // timedelta(microseconds=1):x}"


PAGE_SIZE: Final = Parameter("PageSize", _size, code=INVALID_PARAMETER, default=DEFAULT_SIZE)
PAGE: Final = Parameter("Page", integer(0, _NUMBER), code=INVALID_PARAMETER, default=0)
PAGE_TOKEN: Final = Parameter("PageToken", _token, code=INVALID_PAGE_TOKEN, default="")
_PAGING: Final = (PAGE_SIZE, PAGE, PAGE_TOKEN)


def paged(*filters: Parameter[Any]) -> ParameterTable:
    """The table of a list: its filters and what every list takes."""
    return ParameterTable(*filters, *_PAGING)


def page_request(values: Values) -> PageRequest:
    """Which page is asked for. Raises: ApiError 70002 for a page number without its token."""
    token = values[PAGE_TOKEN]
    if values[PAGE] > 0 and not token:
        raise ApiError(PAGE_WITHOUT_TOKEN, "Page needs the PageToken of the page before")
    return PageRequest(
        size=values[PAGE_SIZE],
        before=_place(token) if token.startswith("PA") else None,
        after=_place(token) if token.startswith("PB") else None,
    )


@dataclass(frozen=True, slots=True)
class ListLinks:
    """What the links of a list are made of."""

    path: str
    """Of the request, without suffix."""
    values: Values
    wanted: Format

    def envelope(self, page: Page[T], place_of: Callable[[T], Cursor]) -> dict[str, str | int | None]:
        """The numbers and links around a page."""
        number, size = self.values[PAGE], self.values[PAGE_SIZE]
        start = number * size if page.items else 0
        older, newer = _edges(page, place_of)
        return {
            "page": number,
            "page_size": size,
            "start": start,
            "end": start + len(page.items) - 1 if page.items else 0,
            "uri": self._link(number, self.values[PAGE_TOKEN]),
            "first_page_uri": self._link(0, ""),
            "next_page_uri": None if older is None else self._link(number + 1, older),
            "previous_page_uri": None if newer is None else self._link(max(0, number - 1), newer),
        }

    def _link(self, number: int, token: str) -> str:
        suffix = ".json" if self.wanted is Format.JSON else ""
        return f"{quote(self.path)}{suffix}?{_query(self.values, number, token)}"


@dataclass(frozen=True, slots=True)
class AbsoluteLinks:
    """What the links of a v1 list are made of."""

    url: str
    """Of the request, without query."""
    values: Values

    def meta(self, key: str, page: Page[T], place_of: Callable[[T], Cursor]) -> dict[str, str | int | None]:
        """The numbers and links beside a page."""
        number = self.values[PAGE]
        older, newer = _edges(page, place_of)
        return {
            "page": number,
            "page_size": self.values[PAGE_SIZE],
            "first_page_url": self._link(0, ""),
            "previous_page_url": None if newer is None else self._link(max(0, number - 1), newer),
            "url": self._link(number, self.values[PAGE_TOKEN]),
            "next_page_url": None if older is None else self._link(number + 1, older),
            "key": key,
        }

    def _link(self, number: int, token: str) -> str:
        return f"{self.url}?{_query(self.values, number, token)}"


def _edges(page: Page[T], place_of: Callable[[T], Cursor]) -> tuple[str | None, str | None]:
    """The tokens of the pages behind and before this one."""
    older = _token_at("PA", place_of(page.items[-1])) if page.items and page.has_older else None
    newer = _token_at("PB", place_of(page.items[0])) if page.items and page.has_newer else None
    return older, newer


def _query(values: Values, number: int, token: str) -> str:
    """Every filter that was sent, and which page."""
    names = {parameter.name for parameter in _PAGING}
    query = [(name, text) for name, text in values.texts.items() if name not in names]
    query += [(PAGE_SIZE.name, str(values[PAGE_SIZE])), (PAGE.name, str(number))]
    if token:
        query.append((PAGE_TOKEN.name, token))
    return urlencode(query)


def represent(
    key: str,
    page: Page[T],
    links: ListLinks,
    represent_one: Callable[[T], Representation],
    place_of: Callable[[T], Cursor],
) -> ListRepresentation:
    """One page of a list under its key."""
    return ListRepresentation(
        key=key,
        items=[represent_one(item) for item in page.items],
        envelope=links.envelope(page, place_of),
    )


def represent_v1(
    key: str,
    page: Page[T],
    links: AbsoluteLinks,
    represent_one: Callable[[T], Representation],
    place_of: Callable[[T], Cursor],
) -> ListRepresentation:
    """One page of a list as v1 APIs show it: `meta` beside the list (reference/rest-api 1.8)."""
    items = [represent_one(item) for item in page.items]
    return ListRepresentation(key=key, items=items, envelope={"meta": links.meta(key, page, place_of)})
