"""Pages of the 2010 API: the parameters, the cursor in PageToken, the links around a list.

A token is `PA` and the Sid of the last record of the page before, or `PB` and the Sid of the first record of
the page behind. Links repeat every filter. Source: reference/rest-api 1.8.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from offhook.base.ids import SID_PATTERN
from offhook.rest.errors import INVALID_PAGE_TOKEN, INVALID_PARAMETER, PAGE_WITHOUT_TOKEN, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, Values, integer
from offhook.rest.representation import Format, ListRepresentation, Representation
from offhook.store.ports import Page, PageRequest, UnknownRecordError

T = TypeVar("T")

DEFAULT_SIZE: Final = 50
LARGEST_SIZE: Final = 1000
_NUMBER: Final = 10**9


def _size(text: str) -> int:
    """SDKs send the `limit` of a list unclamped, so a large number is not an error."""
    return max(1, min(int(integer(-(10**18), 10**18)(text)), LARGEST_SIZE))


def _token(text: str) -> str:
    if text[:2] not in ("PA", "PB") or not SID_PATTERN.match(text[2:]):
        raise ValueError("it was not taken from a page")
    return text


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
        before=token[2:] if token.startswith("PA") else None,
        after=token[2:] if token.startswith("PB") else None,
    )


async def found(page: Awaitable[Page[T]]) -> Page[T]:
    """What the store lists. Raises: ApiError 21481 when the record that the token names is gone."""
    try:
        return await page
    except UnknownRecordError as error:
        raise ApiError(INVALID_PAGE_TOKEN, "Invalid PageToken") from error


@dataclass(frozen=True, slots=True)
class ListLinks:
    """What the links of a list are made of."""

    path: str
    """Of the request, without suffix."""
    values: Values
    wanted: Format

    def envelope(self, page: Page[T], sid_of: Callable[[T], str]) -> dict[str, str | int | None]:
        """The numbers and links around a page."""
        number, size = self.values[PAGE], self.values[PAGE_SIZE]
        start = number * size if page.items else 0
        older = f"PA{sid_of(page.items[-1])}" if page.items and page.has_older else None
        newer = f"PB{sid_of(page.items[0])}" if page.items and page.has_newer else None
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
        names = {parameter.name for parameter in _PAGING}
        query = [(name, text) for name, text in self.values.texts.items() if name not in names]
        query += [(PAGE_SIZE.name, str(self.values[PAGE_SIZE])), (PAGE.name, str(number))]
        if token:
            query.append((PAGE_TOKEN.name, token))
        suffix = ".json" if self.wanted is Format.JSON else ""
        return f"{quote(self.path)}{suffix}?{urlencode(query)}"


def represent(
    key: str,
    page: Page[T],
    links: ListLinks,
    represent_one: Callable[[T], Representation],
    sid_of: Callable[[T], str],
) -> ListRepresentation:
    """One page of a list under its key."""
    return ListRepresentation(
        key=key,
        items=[represent_one(item) for item in page.items],
        envelope=links.envelope(page, sid_of),
    )
