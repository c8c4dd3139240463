"""Resources as JSON and as XML, both made from one dictionary.

JSON has snake_case names; XML has the same names in PascalCase below `<TwilioResponse>`, and its links lack
the `.json`. Sources: reference/rest-api 1.4, 1.10.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import Enum
from typing import Final, TypeAlias
from xml.sax.saxutils import escape, quoteattr

JsonObjects: TypeAlias = "tuple[Mapping[str, JsonValue], ...]"
JsonValue: TypeAlias = "str | int | bool | Mapping[str, JsonValue] | tuple[str, ...] | JsonObjects | None"

BASE: Final = "/2010-04-01"
_XML_HEAD: Final = "<?xml version='1.0' encoding='UTF-8'?>\n"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(Enum):
    """What the suffix of a path asks for; the value is the suffix."""

    JSON = ".json"
    XML = ".xml"
    BARE = ""
    """XML, as from the first day of the API; of a recording its audio (reference/rest-api 1.4)."""
    WAV = ".wav"
    MP3 = ".mp3"

    @property
    def media_type(self) -> str:
        """Of a resource or an error in this format; an error about audio is XML."""
        return "application/json" if self is Format.JSON else "application/xml"


METADATA: Final = frozenset({Format.JSON, Format.XML})
RESOURCE: Final = frozenset({Format.JSON, Format.XML, Format.BARE})
"""The formats of every resource but audio."""


@dataclass(frozen=True, slots=True)
class Representation:
    """One resource."""

    element: str
    """Name of its XML element."""
    fields: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ListRepresentation:
    """One page of resources."""

    key: str
    """Name of the list in JSON, such as `domains`."""
    items: Sequence[Representation]
    envelope: Mapping[str, JsonValue]
    """The links and numbers around the list."""


def iso_date(moment: datetime) -> str:
    """ISO 8601 to the second, as v1 APIs show it: `2015-07-30T20:00:00Z`. moment: aware, in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def iso_date_us(moment: datetime) -> str:
    """ISO 8601 to the microsecond: `2015-07-30T20:00:00.123456Z`. moment: aware, in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


def date(moment: datetime | None) -> str | None:
    """RFC 2822 in UTC, as in `Tue, 31 Aug 2010 20:36:28 +0000`. moment: aware, in UTC."""
    return None if moment is None else format_datetime(moment)


def uri(account_sid: str, *segments: str) -> str:
    """The relative link of something below an account, in its JSON form."""
    return "/".join((BASE, "Accounts", account_sid, *segments)) + ".json"


def render(body: Representation | ListRepresentation, wanted: Format) -> bytes:
    """The body of an answer, UTF-8."""
    text = _json(body) if wanted is Format.JSON else _XML_HEAD + _xml(body)
    return text.encode("utf-8", "replace")


def _json(body: Representation | ListRepresentation) -> str:
    if isinstance(body, Representation):
        whole: Mapping[str, object] = body.fields
    else:
        whole = {**body.envelope, body.key: [item.fields for item in body.items]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _xml(body: Representation | ListRepresentation) -> str:
    if isinstance(body, Representation):
        inner = _element(body.element, body.fields)
    else:
        # Attributes are the envelope's names without underscores (reference/rest-api 1.4).
        attributes = "".join(
            f" {name.replace('_', '')}={quoteattr(_text(value))}"
            for name, value in body.envelope.items()
            if not isinstance(value, Mapping)
        )
        items = "".join(_element(item.element, item.fields) for item in body.items)
        inner = f"<{_pascal(body.key)}{attributes}>{items}</{_pascal(body.key)}>"
    return f"<TwilioResponse>{inner}</TwilioResponse>"


def _element(name: str, value: JsonValue) -> str:
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, Mapping):
        children = (_element(_pascal(key), _link(key, child, name)) for key, child in value.items())
        return f"<{name}>{''.join(children)}</{name}>"
    return f"<{name}>{escape(_text(value))}</{name}>"


def _link(key: str, value: JsonValue, parent: str) -> JsonValue:
    """A link without its suffix, anything else as it is."""
    is_link = key.endswith("uri") or parent == "SubresourceUris"
    return value.removesuffix(".json") if is_link and isinstance(value, str) else value


def _text(value: "str | int | tuple[str, ...] | JsonObjects | None") -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _NOT_XML.sub("\ufffd", str(value))


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
