"""Numbers in English words, as a voice reads them: cardinals, ordinals, years, fractions.

Used by `say_as.py`. American: no `and` behind the hundreds. What has more than fifteen digits has no words
that anybody follows, and is read digit by digit.
"""

from typing import Final

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SMALL: Final = (
    *DIGITS,
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", " thousand", " million", " billion", " trillion")
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MAX_DIGITS: Final = 15


def cardinal(digits: str) -> str:
    """`1234` is one thousand two hundred thirty-four. digits: ASCII digits, one at least."""
    digits = digits.lstrip("0") or "0"
    if len(digits) > MAX_DIGITS:
        return spelled(digits)
    number = int(digits)
    if number == 0:
        return DIGITS[0]
    groups: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_below_thousand(group) + scale)
        if not number:
            break
    return " ".join(reversed(groups))


def ordinal(digits: str) -> str:
    """`1234` is one thousand two hundred thirty-fourth."""
    head, joint, last = _last_word(cardinal(digits))
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("y"):
        last = f"{last[:-1]}ieth"
    else:
        last = f"{last}th"
    return head + joint + last


def spelled(digits: str) -> str:
    """Digit by digit."""
    return " ".join(DIGITS[int(each)] for each in digits)


def year(digits: str) -> str:
    """`1905` is nineteen oh five, `2005` two thousand five, `2026` twenty twenty-six; `26` is twenty-six."""
    if len(digits) == 2:
        return f"oh {DIGITS[int(digits[1])]}" if digits[0] == "0" else cardinal(digits)
    if len(digits) != 4 or digits[1:3] == "00" or digits[0] == "0":
        return cardinal(digits)
    century, rest = digits[:2], digits[2:]
    if rest == "00":
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {year(rest)}"


def decimal(text: str) -> str:
    """`-1,234.05` is minus one thousand two hundred thirty-four point zero five. Raises: ValueError."""
    sign = "minus " if text[:1] in ("-", "\u2212") else ""
    whole, point, behind = text.lstrip("+-\u2212").partition(".")
    whole = whole.replace(",", "")
    if not all(part.isascii() and part.isdigit() for part in (whole, behind) if part) or not (
        whole or behind
    ):
        raise ValueError(text)
    said = cardinal(whole or "0")
    return sign + (f"{said} point {spelled(behind)}" if point and behind else said)


def fraction(above: str, below: str) -> str:
    """`3`, `20` is three twentieths; a half and quarters have words of their own."""
    count = cardinal(above)
    is_one = count == "one"
    parts = below.lstrip("0")
    if parts == "2":
        return f"{count} half" if is_one else f"{count} halves"
    if parts == "4":
        return f"{count} quarter" if is_one else f"{count} quarters"
    if parts in ("", "1"):
        return f"{count} over {cardinal(below)}"
    return f"{count} {ordinal(below)}{'' if is_one else 's'}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    said = [f"{DIGITS[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        said.append(_TENS[tens] + (f"-{DIGITS[ones]}" if ones else ""))
    elif rest:
        said.append(_SMALL[rest])
    return " ".join(said)


def _last_word(text: str) -> tuple[str, str, str]:
    at = max(text.rfind(" "), text.rfind("-"))
    return text[:at] if at > 0 else "", text[at] if at > 0 else "", text[at + 1 :]
