"""Parameters of requests: one declarative table per resource drives parsing and errors.

    VOICE_URL = Parameter("VoiceUrl", http_url, code=21231, default=None, is_clearable=True)
    TABLE = ParameterTable(DOMAIN_NAME, VOICE_URL, required=(DOMAIN_NAME,))
    values = TABLE.read(fields)
    values[VOICE_URL]                    # what was sent, or the default
    values.get(VOICE_URL, domain.voice_url)    # what was sent, or what is stored

Unknown names are ignored; of a repeated scalar the first counts; an empty string clears what can be cleared
and counts as absent elsewhere. Sources: reference/rest-api 1.3, 1.9.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

from offhook.base.ids import is_sid
from offhook.rest.errors import ApiError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

URL_MAX: Final = 4000
LAST_YEAR: Final = 9998
"""The day after any moment of it is still in Python's calendar."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """One parameter of a request."""

    name: str
    """As on the wire, PascalCase."""
    read: Callable[[str], T]
    """Makes the value of a text that is not empty; ValueError says what is wrong with it."""
    code: int
    """Twilio error code of a missing or bad value."""
    default: T
    """The value when it is absent or cleared. Never seen where it is required."""
    is_clearable: bool = False
    """Whether an empty string means the default instead of nothing."""
    is_repeated: bool = False
    """Whether it may be sent several times: `read` then gets each on a line of its own."""
    complaint: str = ""
    """How the message about a bad value begins; `Invalid <name>` when empty."""
    missing_code: int | None = None
    """Of a missing value, where Twilio has a code of its own for that; None is `code`."""
    missing_complaint: str = ""
    """How the message about a missing value begins; `complaint` when empty."""


class Values:
    """The parameters of one request, checked."""

    def __init__(self, values: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        self._values = values
        self.texts = texts
        """What was sent, by name, in the order of the table: for the links of a list."""

    def __getitem__(self, parameter: Parameter[T]) -> T:
        return self.get(parameter, parameter.default)

    def get(self, parameter: Parameter[T], default: T) -> T:
        """The value that was sent, or `default`."""
        value: T = self._values.get(parameter.name, default)
        return value


class ParameterTable:
    """The parameters of one operation."""

    def __init__(self, *parameters: Parameter[Any], required: Sequence[Parameter[Any]] = ()) -> None:
        self.parameters = parameters
        self.required = tuple(required)

    def read(self, fields: Sequence[tuple[str, str]]) -> Values:
        """Check what was sent. Raises: ApiError with the code of the first parameter that is wrong."""
        sent: dict[str, str] = {}
        repeated = {parameter.name for parameter in self.parameters if parameter.is_repeated}
        for name, text in fields:
            if name in repeated and name in sent:
                sent[name] += f"\n{text}"
            else:
                sent.setdefault(name, text)
        values: dict[str, Any] = {}
        texts: dict[str, str] = {}
        for parameter in self.parameters:
            sent_text = sent.get(parameter.name)
            if sent_text is None or (sent_text == "" and not parameter.is_clearable):
                if parameter in self.required:
                    raise _missing(parameter)
                continue
            texts[parameter.name] = sent_text
            values[parameter.name] = _value(parameter, sent_text)
        return Values(values, texts)


def _value(parameter: Parameter[T], sent: str) -> T:
    if sent == "":
        return parameter.default
    try:
        return parameter.read(sent)
    except (ValueError, OverflowError) as error:
        raise ApiError(parameter.code, f"{_complaint(parameter)}: {error}") from error


def _missing(parameter: Parameter[Any]) -> ApiError:
    code = parameter.code if parameter.missing_code is None else parameter.missing_code
    complaint = parameter.missing_complaint or _complaint(parameter)
    return ApiError(code, f"{complaint}: {parameter.name} is required")


def _complaint(parameter: Parameter[Any]) -> str:
    return parameter.complaint or f"Invalid {parameter.name}"


def text(longest: int) -> Callable[[str], str]:
    """Any text up to so many characters, without control characters."""

    def read(value: str) -> str:
        if len(value) > longest:
            raise ValueError(f"it is longer than {longest} characters")
        if _CONTROL.search(value):
            raise ValueError("it contains control characters")
        return value

    return read


def http_url(value: str) -> str:
    """An absolute http or https URL."""
    text(URL_MAX)(value)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value:
        raise ValueError("it is not an absolute http or https URL")
    if parts.port == 0:  # Beyond 65535 urlsplit itself objects.
        raise ValueError("port 0 cannot be called")
    return value


def http_method(value: str) -> str:
    """GET or POST, in any case."""
    method = value.upper()
    if method not in ("GET", "POST"):
        raise ValueError("it must be GET or POST")
    return method


def boolean(value: str) -> bool:
    """`true` or `false`, in any case."""
    if value.lower() not in ("true", "false"):
        raise ValueError("it must be true or false")
    return value.lower() == "true"


def integer(low: int, high: int) -> Callable[[str], int]:
    """A decimal number in a range."""

    def read(value: str) -> int:
        if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII) or not low <= int(value) <= high:
            raise ValueError(f"it must be a number from {low} to {high}")
        return int(value)

    return read


def sid(prefix: str) -> Callable[[str], str]:
    """A Sid of one kind."""

    def read(value: str) -> str:
        if not is_sid(value, prefix):
            raise ValueError(f"it must be {prefix} and 32 hexadecimal digits")
        return value

    return read


def word(words: type[E]) -> Callable[[str], E]:
    """One of the values of an enum."""

    def read(value: str) -> E:
        try:
            return words(value)
        except ValueError as error:
            raise ValueError("it must be one of " + ", ".join(words)) from error

    return read


def words(allowed: type[E]) -> Callable[[str], frozenset[E]]:
    """One or more of the values of an enum: sent several times, or once with blanks between."""
    one = word(allowed)

    def read(value: str) -> frozenset[E]:
        found = frozenset(map(one, value.split()))
        if not found:
            raise ValueError("it must be one or more of " + ", ".join(allowed))
        return found

    return read


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """A text that a pattern matches as a whole; `what` says in words what that is."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(f"it must be {what}")
        return value

    return read


def moment(value: str) -> datetime:
    """`YYYY-MM-DD`, meaning 00:00 UTC, or an ISO 8601 date-time, UTC unless it says otherwise."""
    if not _DATE.match(value):
        raise ValueError("it must be YYYY-MM-DD or an ISO 8601 date-time")
    when = datetime.fromisoformat(value)
    if when.year > LAST_YEAR:
        raise ValueError(f"it is after the year {LAST_YEAR}")
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
