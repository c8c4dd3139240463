"""SSML in `<Say>`: tags that change the words, and those whose text alone is spoken (reference/twiml 3.1)."""

from typing import Final

from tests.contract.twiml.expectation import Ends, HearsSaid, asks
from tests.contract.twiml.row import WORKS, Case, Note, Row, part

TEXT: Final = "The parcel has arrived."
_TEXT_ALONE: Final = part("the text alone is spoken")
_STATES: Final = {
    "break": part("a break is a comma, however long"),
    **dict.fromkeys(("emphasis", "lang", "phoneme", "prosody", "w"), _TEXT_ALONE),
}


def _row(tag: str, attribute: str, inside: str, said: str, shows: str, *notes: Note) -> Row:
    """One tag of a text. The case is told by what is written."""
    is_given = attribute == "content" or f"{attribute}=" in inside
    case = Case.BAD if notes else Case.GIVEN if is_given else Case.ABSENT
    return Row(
        verb=tag,
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Say>{inside}</Say>",
        expect=(asks(), HearsSaid(said), Ends()),
        notes=notes,
        state=_STATES.get(tag, WORKS) if attribute != "format" else _TEXT_ALONE,
    )


def _spoken(tag: str, attribute: str, value: str | None) -> Row:
    """A tag around the whole text, which makes no difference."""
    written = "" if value is None else f' {attribute}="{value}"'
    shows = "its text is spoken" if value is None else f"{value}: its text is spoken"
    inside = f"<{tag}{written}>{TEXT}</{tag}>"
    return _row(tag, attribute, inside, TEXT, shows)


ROWS: Final = (
    _row(
        "break",
        "strength",
        "The parcel<break/> has arrived.",
        "The parcel, has arrived.",
        "a comma",
    ),
    _row(
        "break",
        "strength",
        'The parcel<break strength="none"/> has arrived.',
        TEXT,
        "none is nothing",
    ),
    _row(
        "break",
        "strength",
        'The parcel<break strength="iron"/> has arrived.',
        "The parcel, has arrived.",
        "another word is a comma",
        Note(12200),
    ),
    _row(
        "break",
        "time",
        'The parcel<break time="3s"/> has arrived.',
        "The parcel, has arrived.",
        "a comma",
    ),
    _row("sub", "alias", f"<sub>{TEXT}</sub>", TEXT, "its text is spoken"),
    _row("sub", "alias", f'<sub alias="{TEXT}">TPHA</sub>', TEXT, "is spoken for its text"),
    _row("say-as", "interpret-as", f"<say-as>{TEXT}</say-as>", TEXT, "its text is spoken"),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="characters">42</say-as>',
        "4 2",
        "characters are spelled",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="spell-out">42</say-as>',
        "4 2",
        "spell-out is spelled",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="digits">42</say-as>',
        "4 2",
        "digits are spoken one by one",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="telephone">4-2</say-as>',
        "4 2",
        "so is a telephone number",
    ),
    _spoken("say-as", "format", "mdy"),
    _spoken("emphasis", "level", None),
    _spoken("emphasis", "level", "strong"),
    _row(
        "emphasis",
        "level",
        f'<emphasis level="huge">{TEXT}</emphasis>',
        TEXT,
        "another word is noted",
        Note(12200),
    ),
    _spoken("lang", "xml:lang", "fr-FR"),
    _spoken("phoneme", "alphabet", "ipa"),
    _spoken("phoneme", "ph", "x"),
    _spoken("prosody", "volume", "loud"),
    _spoken("prosody", "rate", "fast"),
    _spoken("prosody", "pitch", "high"),
    _spoken("w", "role", "amazon:VB"),
    _row("p", "content", "<p>The parcel has arrived</p>", TEXT, "ends with a full stop"),
    _row("s", "content", "<s>The parcel has arrived</s>", TEXT, "ends with a full stop"),
)
