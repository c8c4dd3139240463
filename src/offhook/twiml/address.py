"""A street address as English reads it: house numbers in pairs, abbreviations in full. Used by `say_as.py`.

American, as the postal service abbreviates (USPS Publication 28). A ZIP code and a number with a zero in
front are read digit by digit.
"""

import re
from typing import Final

from offhook.twiml.english import cardinal, ordinal, spelled, year

STREETS: Final = {
    "ave": "Avenue",
    "blvd": "Boulevard",
    "cir": "Circle",
    "ct": "Court",
    "dr": "Drive",
    "hwy": "Highway",
    "ln": "Lane",
    "pkwy": "Parkway",
    "pl": "Place",
    "plz": "Plaza",
    "rd": "Road",
    "sq": "Square",
    "st": "Street",
    "ter": "Terrace",
    "trl": "Trail",
}
PLACES: Final = {
    "apt": "apartment",
    "bldg": "building",
    "fl": "floor",
    "rm": "room",
    "ste": "suite",
    "no": "number",
    "#": "number",
}
DIRECTIONS: Final = {
    "n": "North",
    "s": "South",
    "e": "East",
    "w": "West",
    "ne": "Northeast",
    "nw": "Northwest",
    "se": "Southeast",
    "sw": "Southwest",
}
STATES: Final = dict(
    pair.split("=")
    for pair in [
        "AL=Alabama",
        "AK=Alaska",
        "AZ=Arizona",
        "AR=Arkansas",
        "CA=California",
        "CO=Colorado",
        "CT=Connecticut",
        "DE=Delaware",
        "DC=D C",
        "FL=Florida",
        "GA=Georgia",
        "HI=Hawaii",
        "ID=Idaho",
        "IL=Illinois",
        "IN=Indiana",
        "IA=Iowa",
        "KS=Kansas",
        "KY=Kentucky",
        "LA=Louisiana",
        "ME=Maine",
        "MD=Maryland",
        "MA=Massachusetts",
        "MI=Michigan",
        "MN=Minnesota",
        "MS=Mississippi",
        "MO=Missouri",
        "MT=Montana",
        "NE=Nebraska",
        "NV=Nevada",
        "NH=New Hampshire",
        "NJ=New Jersey",
        "NM=New Mexico",
        "NY=New York",
        "NC=North Carolina",
        "ND=North Dakota",
        "OH=Ohio",
        "OK=Oklahoma",
        "OR=Oregon",
        "PA=Pennsylvania",
        "RI=Rhode Island",
        "SC=South Carolina",
        "SD=South Dakota",
        "TN=Tennessee",
        "TX=Texas",
        "UT=Utah",
        "VT=Vermont",
        "VA=Virginia",
        "WA=Washington",
        "WV=West Virginia",
        "WI=Wisconsin",
        "WY=Wyoming",
    ]
)
_WORD: Final = re.compile(r"(#|[^,;#]*)([,;]*)")
_NUMBER: Final = re.compile(r"([0-9]+)(-[0-9]+)?([A-Za-z]|st|nd|rd|th)?", re.IGNORECASE)


def address(text: str) -> str:
    """The words of an address; what is no abbreviation stays as it is."""
    words = [found.groups() for word in text.replace("#", "# ").split() if (found := _WORD.fullmatch(word))]
    said: list[str] = []
    for index, (word, mark) in enumerate(words):
        follows = words[index + 1][0] if index + 1 < len(words) and not mark else ""
        is_after_comma = index > 0 and bool(words[index - 1][1])
        said.append(_word(word, follows, is_after_comma=is_after_comma) + mark)
    return " ".join(said)


def _word(word: str, follows: str, *, is_after_comma: bool) -> str:
    bare = word.rstrip(".").lower()
    number = _NUMBER.fullmatch(word)
    if number is not None:
        return _number(*number.groups())
    if word in STATES and (is_after_comma or not follows or follows[:1].isdigit()):
        return STATES[word]
    if bare == "st" and follows[:1].isupper() and follows.rstrip(".").lower() not in (*DIRECTIONS, *PLACES):
        return "Saint"
    return STREETS.get(bare) or PLACES.get(bare) or DIRECTIONS.get(bare) or word


def _number(digits: str, more: str | None, letter: str | None) -> str:
    if letter is not None and len(letter) == 2:
        return ordinal(digits)
    if len(digits) >= 5 or digits[0] == "0":
        said = spelled(digits)
    elif len(digits) == 4:
        said = year(digits)
    elif len(digits) == 3 and digits[1:] != "00":
        said = f"{cardinal(digits[0])} {year(digits[1:])}"
    else:
        said = cardinal(digits)
    behind = f" {spelled(more[1:])}" if more is not None and len(digits) >= 5 else more or ""
    return said + behind + (f" {letter.upper()}" if letter else "")
