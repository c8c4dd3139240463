"""What is markup in the words of an agent, and what but looks like it (reference/twiml 10.3).

    <break time="1s"/>  </prosody>  <amazon:effect name="whispered">  <!-- … -->     tags
    3 < 4 and 5 > 2     a<b and c>d                                                  none
    AT&amp;T  &#38;                                                                  entities: what XML has
    Ernst & Young  &nbsp;                                                            none

A tag has a name right behind its `<`, then attributes or nothing; those of the tags that `<Say>` takes may be
malformed, which a language model's are at times. Used by `clauses.py`, which cuts inside none of this, and by
`verbs/connecting/relay_text.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SSML: Final = ("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub", "w")
"""The tags that `<Say>` takes, and that of an SSML document."""

UNSAID_MAX: Final = 100
"""Characters of a comment or declaration; a longer one is text, lest many without an end be searched."""

_NAME: Final = r"[A-Za-z_][\w:.-]{0,63}"
END_TAG: Final = rf"</{_NAME}\s*>"
"""A regular expression."""
_ATTRIBUTE: Final = rf"""\s+{_NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>]*[^\s"'<>/])"""
_HALF_ATTRIBUTE: Final = rf"""\s+(?:{_NAME}\s*(?:=\s*(?:"[^"<]*|'[^'<]*|[^\s"'<>]*))?)?"""
_TAG: Final = re.compile(
    rf"<!--.{{0,{UNSAID_MAX}}}?-->|<\?.{{0,{UNSAID_MAX}}}?\?>|<!DOCTYPE\b[^<>]*>"
    rf"|<(?P<end>/?)(?:(?P<name>{_NAME})(?:{_ATTRIBUTE})*\s*|(?P<ours>{'|'.join(SSML)})(?=[\s/>])[^<>]*?)(?P<empty>/?)>",
    re.IGNORECASE | re.DOTALL,
)
_HALF: Final = re.compile(
    rf"<(?:!(?:-(?:-.{{0,{UNSAID_MAX}}})?)?|\?.{{0,{UNSAID_MAX}}}|/?(?:{_NAME}(?:{_ATTRIBUTE})*(?:{_HALF_ATTRIBUTE}|\s*/?))?)\Z",
    re.DOTALL,
)
_ENTITY: Final = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));")
_ENTITY_END: Final = re.compile(rf"{_ENTITY.pattern}\Z")
ENTITY_MAX: Final = 10
"""Characters of one: `&#1234567;`."""
_BARE_AMPERSAND: Final = re.compile(rf"&(?!{_ENTITY.pattern[1:]})")
_SIGNS: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, or a comment or declaration."""

    name: str
    """As written; empty of a comment or declaration."""
    start: int
    end: int
    """Behind its `>`."""
    is_end: bool = False
    """Whether it closes an element."""
    is_empty: bool = False
    """Whether it is closed in itself."""


def tags(text: str) -> Iterator[Tag]:
    """All that are complete, in order."""
    at = text.find("<")
    while at >= 0:
        tag = tag_at(text, at)
        if tag is not None:
            yield tag
        at = text.find("<", at + 1 if tag is None else tag.end)


def tag_at(text: str, start: int) -> Tag | None:
    """The one that begins there; None where none does, or it is not all there."""
    found = _TAG.match(text, start)
    if found is None:
        return None
    name = found["name"] or found["ours"] or ""
    return Tag(name, found.start(), found.end(), bool(found["end"]), bool(found["empty"]))


def is_half_tag(text: str, start: int) -> bool:
    """Whether what begins there can still become one."""
    return _HALF.match(text, start) is not None


def ends_entity(text: str, end: int) -> bool:
    """Whether an entity ends there: its semicolon separates nothing."""
    return _ENTITY_END.search(text, max(0, end - ENTITY_MAX), end) is not None


def without_entities(text: str) -> str:
    """The text with the signs that its entities stand for; an `&` that begins none stays as it is."""
    return _ENTITY.sub(_sign, text) if "&" in text else text


def with_entities(text: str) -> str:
    """The text with each bare `&` written as XML wants it."""
    return _BARE_AMPERSAND.sub("&amp;", text)


def _sign(entity: "re.Match[str]") -> str:
    name, decimal, hexadecimal = entity.groups()
    if name:
        return _SIGNS[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    is_character = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000
    return chr(code) if is_character and code not in (0xFFFE, 0xFFFF) else " "
