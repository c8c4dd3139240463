"""What `<say-as>` makes of a text: the words that a voice is to read (Twilio's page, and Amazon Polly's).

Spelling needs no language, all else is English: in any other language the engine reads the text its own way,
and who asked is told so. Polly's words decide; where it leaves a reading open it is American. An expletive is
silence as long as the word, where Polly beeps.
Source: https://docs.aws.amazon.com/polly/latest/dg/saying-as-tag.html, read 2026-11. Used by `ssml.py`.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from offhook.twiml.address import address
from offhook.twiml.english import cardinal, decimal, fraction, ordinal, year
from offhook.twiml.units import UNITS

SPELLED: Final = frozenset({"characters", "spell-out"})
DIALLED: Final = frozenset({"digits", "telephone"})
EXPLETIVE: Final = "expletive"
FORMATS: Final = (
    *("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"),
    "yyyymmdd",
)
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)

_NUMBER: Final = re.compile(r"[+\-\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?")
_ORDINAL: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:st|nd|rd|th)?", re.IGNORECASE)
_FRACTION: Final = re.compile(r"(?:([0-9]+)[+ ])?([0-9]+)\s?[/\u2044]\s?([0-9]+)")
_UNIT: Final = re.compile(r"(.*?[0-9])\s?([^\s0-9.,/+\-]+(?:/[a-z]+)?)")
_DURATION: Final = re.compile(r"(?:([0-9]{1,4})['\u2019\u2032])?(?:([0-9]{1,2})(?:\"|\u201d|\u2033|''))?")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s?([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_FULL_DATE: Final = re.compile(r"([0-9?]{4})([0-9?]{2})([0-9?]{2})")


def said_as(text: str, interpret_as: str, form: str) -> str | None:
    """The words in English. None where the text is nothing of the kind, or the kind is unknown.

    form: the `format` of a date; "" finds it out.
    """
    text = " ".join(text.split())
    if interpret_as == "date":
        return _date(text, form.lower())
    read = _READERS.get(interpret_as)
    return None if read is None else read(text)


def spelled_as(text: str, interpret_as: str) -> str | None:
    """Spaced characters are read one by one, digits in one word as a number; None for what is not spelled."""
    if interpret_as in SPELLED:
        return " ".join("".join(text.split()))
    if interpret_as in DIALLED:
        return " ".join(c for c in text if c.isalnum() or c in "+*#")
    return None


def _cardinal(text: str) -> str | None:
    return decimal(text) if _NUMBER.fullmatch(text) and any(map(str.isdigit, text)) else None


def _ordinal(text: str) -> str | None:
    found = _ORDINAL.fullmatch(text)
    return None if found is None else ordinal(found[1].replace(",", ""))


def _fraction(text: str) -> str | None:
    found = _FRACTION.fullmatch(text)
    if found is None:
        return None
    whole, above, below = found.groups()
    part = fraction(above, below)
    if whole is None:
        return part
    if part == "one half":
        part = "a half"
    return f"{cardinal(whole)} and {part}"


def _unit(text: str) -> str | None:
    found = _UNIT.fullmatch(text)
    if found is None:
        return None
    amount = found[1].strip()
    said = _fraction(amount) or _cardinal(amount)
    names = UNITS.get(found[2]) or UNITS.get(found[2].lower())
    if said is None or names is None:
        return None
    one, many = names
    is_part = _FRACTION.fullmatch(amount) is not None and " and " not in said
    if is_part:
        return (
            f"{said} {one}" if said == "one half" else f"{said} of {'an' if one[0] in 'aeiou' else 'a'} {one}"
        )
    return f"{said} {one if said == 'one' else many}"


def _time(text: str) -> str | None:
    """A duration of minutes and seconds (1'21"), as Polly has it; a time of day beside it is ours."""
    found = _DURATION.fullmatch(text)
    if text and found is not None and any(found.groups()):
        minutes, seconds = found.groups()
        said = [_counted(minutes, "minute")] if minutes else []
        return " ".join([*said, *([_counted(seconds, "second")] if seconds else [])])
    clock = _CLOCK.fullmatch(text)
    if clock is None or int(clock[1]) > 24 or int(clock[2]) > 59 or int(clock[3] or 0) > 59:
        return None
    hour, minute, second, half = clock.groups()
    said = [cardinal(hour)]
    if int(minute):
        said.append(year(minute))
    elif half is None:
        said.append("o'clock" if 1 <= int(hour) <= 12 else "hundred hours")
    if second is not None:
        said.append(f"and {_counted(second, 'second')}")
    return " ".join([*said, *([f"{half.upper()} M"] if half else [])])


def _counted(digits: str, what: str) -> str:
    said = cardinal(digits)
    return f"{said} {what}" if said == "one" else f"{said} {what}s"


def _date(text: str, form: str) -> str | None:
    """form: letters in the order of the parts; without one ISO 8601 is known, and all else is American."""
    full = _FULL_DATE.fullmatch(text)
    if full is not None and form in ("", "yyyymmdd", "ymd"):
        years, months, days = (None if "?" in part else part for part in full.groups())
        return _said_date(years, months, days)
    if form not in ("", *FORMATS) or form == "yyyymmdd":
        return None
    parts = [part for part in re.split(r"[/.\- ]+", text) if part]
    if not form:
        form = "ymd" if len(parts) == 3 and len(parts[0]) == 4 else "mdy"[: len(parts)]
    if len(parts) != len(form) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    named = dict(zip(form, parts, strict=True))
    return _said_date(named.get("y"), named.get("m"), named.get("d"))


def _said_date(years: str | None, months: str | None, days: str | None) -> str | None:
    if years is not None and len(years) not in (2, 4):
        return None
    try:  # the year of a leap day may be unknown, or be told by two digits
        date(2000 if years is None or len(years) == 2 else int(years), int(months or 1), int(days or 1))
    except ValueError:
        return None
    day = ordinal(days) if days is not None else ""
    month = MONTHS[int(months) - 1] if months is not None else ""
    spoken_year = year(years) if years is not None else ""
    said = f"{month} {day}".strip() if month else f"the {day}" if day else ""
    joint = ", " if day and spoken_year else " " if said and spoken_year else ""
    return said + joint + spoken_year or None


_READERS: Final[dict[str, Callable[[str], str | None]]] = {
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "fraction": _fraction,
    "unit": _unit,
    "time": _time,
    "address": address,
}
KINDS: Final = frozenset({*_READERS, "date", EXPLETIVE, *SPELLED, *DIALLED})
"""Every value of `interpret-as`."""
