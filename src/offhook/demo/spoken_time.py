"""A time of day in words, as one says it on the telephone."""

from datetime import time
from typing import Final

_SMALL: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty")


def spoken_time(moment: time) -> str:
    """Such as `seven minutes past three in the afternoon`; seconds are dropped."""
    hour = _SMALL[moment.hour % 12 or 12]
    if moment.minute == 0:
        return f"{hour} o'clock {_part_of_day(moment.hour)}"
    unit = "minute" if moment.minute == 1 else "minutes"
    return f"{_number(moment.minute)} {unit} past {hour} {_part_of_day(moment.hour)}"


def _number(value: int) -> str:
    """0 to 59."""
    if value < 20:
        return _SMALL[value]
    tens, units = divmod(value, 10)
    return f"{_TENS[tens]} {_SMALL[units]}" if units else _TENS[tens]


def _part_of_day(hour: int) -> str:
    if 6 <= hour < 12:
        return "in the morning"
    if 12 <= hour < 18:
        return "in the afternoon"
    if 18 <= hour < 22:
        return "in the evening"
    return "at night"
