"""SSML in `<Say>`: what is spoken, how, with which pauses, and what is read alone (reference/twiml 3.1)."""

from typing import Final

from offhook.twiml.prosody import LEVELS
from tests.contract.twiml.expectation import (
    Ends,
    Expectation,
    HearsManner,
    HearsPause,
    HearsSaid,
    Sound,
    asks,
    hears,
)
from tests.contract.twiml.row import WORKS, Case, Note, Row, part

TEXT: Final = "The parcel has arrived."
EQUINOX: Final = "September twenty-first, twenty twenty-six"
BANANA: Final = "b\u0259\u02c8n\u00e6n\u0259"
"""In IPA."""
_TEXT_ALONE: Final = part("the text alone is spoken")
_ENGLISH: Final = part("in English: any other voice reads the text as it stands, which is noted")
_STATES: Final = {"role": _TEXT_ALONE, "interpret-as": _ENGLISH, "format": _ENGLISH}
"""Of attributes that are not done in full."""


def _row(
    tag: str,
    attribute: str,
    inside: str,
    heard: Expectation | str,
    shows: str,
    *notes: Note,
    case: Case | None = None,
    lasts_s: float = 6.0,
) -> Row:
    """One tag of a text. The case is told by what is written."""
    is_given = attribute == "content" or f"{attribute}=" in inside
    told = Case.BAD if notes else Case.GIVEN if is_given else Case.ABSENT
    return Row(
        verb=tag,
        attribute=attribute,
        case=case or told,
        shows=shows,
        document=f"<Say>{inside}</Say>",
        expect=(asks(), HearsSaid(heard) if isinstance(heard, str) else heard, Ends()),
        notes=notes,
        lasts_s=lasts_s,
        state=_STATES.get(attribute, WORKS),
    )


def _spoken(tag: str, attribute: str, value: str) -> Row:
    """A tag around the whole text, which makes no difference."""
    return _row(
        tag, attribute, f'<{tag} {attribute}="{value}">{TEXT}</{tag}>', TEXT, f"{value}: its text is spoken"
    )


def _said_as(text: str, written: str, said: str, shows: str) -> Row:
    attribute = "format" if "format" in written else "interpret-as"
    inside = f"It is <say-as {written}>{text}</say-as> now."
    return _row("say-as", attribute, inside, f"It is {said} now.", f"{shows}: {said}")


def _break(
    attribute: str,
    written: str,
    pause_s: float,
    shows: str,
    *notes: Note,
    mark: str = "",
    case: Case | None = None,
) -> Row:
    """A break between two words."""
    inside = f"The parcel{mark}<break{written}/> has arrived."
    expect = HearsPause(pause_s)
    return _row("break", attribute, inside, expect, shows, *notes, case=case, lasts_s=5 + pause_s)


def _manner(
    tag: str,
    attribute: str,
    value: str | None,
    manner: tuple[float, float],
    shows: str,
    *notes: Note,
    case: Case | None = None,
) -> Row:
    """A tag around the whole text, which changes how it is spoken: rate and decibels."""
    rate, gain_db = manner
    written = "" if value is None else f' {attribute}="{value}"'
    inside = f"<{tag}{written}>{TEXT}</{tag}>"
    expect = HearsManner(TEXT, 1 / rate, gain_db)
    return _row(tag, attribute, inside, expect, shows, *notes, case=case, lasts_s=4 + 2 / rate)


def _pitch(value: str, pitch: float, shows: str, *notes: Note, case: Case | None = None) -> Row:
    inside = f'<prosody pitch="{value}">{TEXT}</prosody>'
    heard = HearsSaid(TEXT, pitch=pitch)
    return _row("prosody", "pitch", inside, heard, shows, *notes, case=case)


ROWS: Final = (
    _break("strength", "", 0.3, "0.3 s, as a comma"),
    _break("strength", "", 0.7, "behind a comma 0.7 s", mark=","),
    _break("strength", "", 1.2, "behind a full stop 1.2 s", mark="."),
    _row("break", "strength", 'The parcel<break strength="none"/> has arrived.', TEXT, "none is nothing"),
    _row("break", "strength", 'The parcel<break strength="x-weak"/> has arrived.', TEXT, "x-weak, too"),
    _break("strength", ' strength="weak"', 0.3, "weak is 0.3 s"),
    _break("strength", ' strength="strong"', 0.7, "strong is 0.7 s"),
    _break("strength", ' strength="x-strong"', 1.2, "x-strong is 1.2 s"),
    _break("strength", ' strength="iron"', 0.3, "another word is 0.3 s", Note(12200)),
    _break("time", ' time="800ms"', 0.8, "800 ms"),
    _break("time", ' time="1.5s"', 1.5, "1.5 s"),
    _break("time", ' time="0.4s"', 0.4, "0.4 s for that of a full stop", mark="."),
    _break("time", ' time="10s"', 10.0, "ten seconds", case=Case.LIMIT),
    _break("time", ' time="11s"', 0.3, "eleven are ignored", Note(12200, says="0s to 10s")),
    _break("time", ' time="long"', 0.3, "a word is ignored", Note(12200)),
    _row("sub", "alias", f"<sub>{TEXT}</sub>", TEXT, "its text is spoken"),
    _row("sub", "alias", f'<sub alias="{TEXT}">TPHA</sub>', TEXT, "is spoken for its text"),
    _row("say-as", "interpret-as", f"<say-as>{TEXT}</say-as>", TEXT, "its text is spoken"),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="characters">4271</say-as>',
        "4 2 7 1",
        "characters are spelled",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="spell-out">4271</say-as>',
        "4 2 7 1",
        "spell-out is spelled",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="digits">4271</say-as>',
        "4 2 7 1",
        "digits are spoken one by one",
    ),
    _row(
        "say-as",
        "interpret-as",
        '<say-as interpret-as="telephone">42-71</say-as>',
        "4 2 7 1",
        "so is a telephone number",
    ),
    _said_as("1234", 'interpret-as="cardinal"', "one thousand two hundred thirty-four", "a number"),
    _said_as("23rd", 'interpret-as="ordinal"', "twenty-third", "a place in a row"),
    _said_as("3/20", 'interpret-as="fraction"', "three twentieths", "a part"),
    _said_as("10lb", 'interpret-as="unit"', "ten pounds", "a measure"),
    _said_as("1'21&quot;", 'interpret-as="time"', "one minute twenty-one seconds", "a length of time"),
    _said_as("9/21/2026", 'interpret-as="date"', EQUINOX, "a date"),
    _said_as("123 Main St", 'interpret-as="address"', "one twenty-three Main Street", "an address"),
    _row(
        "say-as",
        "interpret-as",
        '<lang xml:lang="fr-FR"><say-as interpret-as="ordinal">22</say-as></lang>',
        HearsSaid("22", language="fr-FR"),
        "in another language the text as it stands",
        Note(12200, at=None, says="ordinal has words in English alone: fr-FR"),
    ),
    _row(
        "say-as",
        "interpret-as",
        f'<say-as interpret-as="expletive">{TEXT}</say-as>',
        hears(),
        "expletive is silence",
    ),
    _row(
        "say-as",
        "interpret-as",
        f'<say-as interpret-as="poem">{TEXT}</say-as>',
        TEXT,
        "another word is noted, its text is spoken",
        Note(12200, says="interpret-as must be one of"),
    ),
    _said_as(
        "21.9.2026", 'interpret-as="date" format="dmy"', "September twenty-first, twenty twenty-six", "dmy"
    ),
    _said_as(
        "20260921",
        'interpret-as="date" format="yyyymmdd"',
        "September twenty-first, twenty twenty-six",
        "a date in one word",
    ),
    _row(
        "say-as",
        "format",
        '<say-as interpret-as="date" format="mdy">soon</say-as>',
        "soon",
        "what is no date is noted, its text is spoken",
        Note(12200, says="soon is no date of the format mdy"),
    ),
    _manner("emphasis", "level", None, LEVELS["moderate"], "a little slower and louder"),
    _manner("emphasis", "level", "strong", LEVELS["strong"], "strong: slower and louder"),
    _manner("emphasis", "level", "reduced", LEVELS["reduced"], "reduced: faster and softer"),
    _row(
        "emphasis",
        "level",
        'The <emphasis level="strong">parcel</emphasis> has arrived.',
        hears(Sound(0.5, 1.7, frozenset()), gap_s=0.25),
        "within a sentence it makes no pause as a comma does",
    ),
    _manner("emphasis", "level", "huge", LEVELS["moderate"], "another word is moderate", Note(12200)),
    _row(
        "lang",
        "xml:lang",
        f'<lang xml:lang="fr-FR">{TEXT}</lang>',
        HearsSaid(TEXT, language="fr-FR"),
        "is spoken by a voice of that language",
    ),
    _row("lang", "xml:lang", f'<lang xml:lang="?">{TEXT}</lang>', TEXT, "no language", Note(12200)),
    _row(
        "phoneme",
        "alphabet",
        'The <phoneme alphabet="x-sampa" ph="b@&quot;n{n@">parcel</phoneme> has arrived.',
        "The banana has arrived.",
        "x-sampa: the sounds are spoken, and not the word",
    ),
    _row(
        "phoneme",
        "alphabet",
        f'<phoneme alphabet="x-amazon-pinyin" ph="ni3">{TEXT}</phoneme>',
        TEXT,
        "another alphabet is noted, its text is spoken",
        Note(12200, says="x-amazon-pinyin is not read here"),
    ),
    _row("phoneme", "ph", f"<phoneme>{TEXT}</phoneme>", TEXT, "its text is spoken"),
    _row(
        "phoneme",
        "ph",
        f'The <phoneme ph="{BANANA}">parcel</phoneme> has arrived.',
        "The banana has arrived.",
        "ipa: the sounds are spoken, and not the word",
    ),
    _row(
        "phoneme",
        "ph",
        f'<phoneme ph="5">{TEXT}</phoneme>',
        TEXT,
        "what is no sound is noted, its text is spoken",
        Note(12200, says="ph has 5, which is no symbol of ipa"),
    ),
    _manner("prosody", "volume", "soft", (1.0, -6.0), "soft is 6 dB less"),
    _manner("prosody", "volume", "x-loud", (1.0, 6.0), "x-loud is 6 dB more"),
    _manner("prosody", "volume", "-4.5dB", (1.0, -4.5), "decibels less"),
    _manner("prosody", "volume", "+3dB", (1.0, 3.0), "decibels more"),
    _row(
        "prosody",
        "volume",
        f'<prosody volume="silent">{TEXT}</prosody>',
        hears(),
        "silent is silence",
        case=Case.LIMIT,
    ),
    _manner("prosody", "volume", "6", (1.0, 0.0), "a number alone changes nothing", Note(12200)),
    _manner("prosody", "rate", "x-slow", (0.5, 0.0), "x-slow is twice as long"),
    _manner("prosody", "rate", "x-fast", (1.5, 0.0), "x-fast is a third shorter"),
    _manner("prosody", "rate", "75%", (0.75, 0.0), "75% is a third longer"),
    _manner("prosody", "rate", "20%", (0.2, 0.0), "20% is five times as long", case=Case.LIMIT),
    _manner("prosody", "rate", "200%", (2.0, 0.0), "200% is half as long", case=Case.LIMIT),
    _manner("prosody", "rate", "201%", (1.0, 0.0), "201% changes nothing", Note(12200, says="20% to 200%")),
    _pitch("high", 1.15, "high is 15% above the voice's own"),
    _pitch("-20%", 0.8, "percents below"),
    _pitch("+2st", 2 ** (2 / 12), "semitones above"),
    _pitch("+100%", 2.0, "an octave above", case=Case.LIMIT),
    _pitch("120Hz", 1.0, "hertz change nothing", Note(12200)),
    _spoken("w", "role", "amazon:VB"),
    _row("p", "content", "<p>The parcel has arrived</p>", TEXT, "ends with a full stop"),
    _row("s", "content", "<s>The parcel has arrived</s>", TEXT, "ends with a full stop"),
)
