"""`<Gather>`: which keys the action is told, when, and what follows when there are none (reference/twiml 4).

The attributes of speech are in `gather_speech.py`.
"""

from collections.abc import Mapping
from typing import Final

from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.expectation import (
    ABSENT,
    Ends,
    Expectations,
    HearsSaid,
    Parameters,
    Request,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Caller, Case, Level, Note, Press, Row

PROMPT: Final = "<Play>/tone/620/1</Play>"
AFTER: Final = "<Play>/tone/440/1</Play>"


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *,
    presses: str = "",
    inside: str = "",
    notes: tuple[Note, ...] = (),
    then: Mapping[str, str] | None = None,
) -> Row:
    """A Gather with an action, and a tone after it, which is heard when nothing was gathered."""
    return Row(
        verb="Gather",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Gather {written}>{inside}</Gather>{AFTER}",
        then=then or {},
        expect=expect,
        caller=Caller((Press(presses),) if presses else ()),
        notes=notes,
    )


def _tells(parameters: Parameters, at_s: float | None = None, method: str = "POST") -> Expectations:
    """The action is asked, and nothing else; what follows the Gather is not run."""
    return (asks(Request("next", parameters, method, at_s)), hears(), Ends())


def _falls_through(after_s: float, *before: tuple[float, float, int]) -> Expectations:
    """No action is asked; what follows the Gather is heard."""
    prompts = tuple(tone(begins, lasts, hz) for begins, lasts, hz in before)
    return (asks(), hears(*prompts, tone(after_s, 1, 440)), Ends(after_s + 1))


def _digits(keys: str, finished_on: str = "") -> Parameters:
    return {"Digits": keys, "FinishedOnKey": finished_on, "CallStatus": "in-progress"}


_TIMEOUT: Final = (
    _row("timeout", Case.ABSENT, 'action="next"', "five seconds without a key", _falls_through(5)),
    _row(
        "timeout",
        Case.GIVEN,
        'action="next" timeout="2"',
        "begins when the prompt ends",
        _falls_through(3, (0, 1, 620)),
        inside=PROMPT,
    ),
    _row(
        "timeout",
        Case.GIVEN,
        'action="next" timeout="3"',
        "begins anew with each key",
        _tells(_digits("12"), 5.2),
        presses="1WW2",
    ),
    _row(
        "timeout",
        Case.GIVEN,
        'action="next" timeout="auto"',
        "auto is five seconds for keys",
        _falls_through(5),
    ),
    _row(
        "timeout",
        Case.LIMIT,
        'action="next" timeout="1"',
        "one second is the shortest",
        _falls_through(1),
    ),
    _row(
        "timeout",
        Case.BAD,
        'action="next" timeout="0"',
        "zero is refused, five seconds instead",
        _falls_through(5),
        notes=(Note(13313, says="seconds from 1"),),
    ),
    _row(
        "timeout",
        Case.BAD,
        'action="next" timeout="soon"',
        "a word is refused, five seconds instead",
        _falls_through(5),
        notes=(Note(13313),),
    ),
)

_NUM_DIGITS: Final = (
    _row(
        "numDigits",
        Case.ABSENT,
        'action="next" timeout="2"',
        "any number of keys until the timeout",
        _tells(_digits("1234567"), 3.3),
        presses="1234567",
    ),
    _row(
        "numDigits",
        Case.GIVEN,
        'action="next" numDigits="3"',
        "the third key ends it at once",
        _tells(_digits("123"), 0.5),
        presses="12345",
    ),
    _row(
        "numDigits",
        Case.LIMIT,
        'action="next" numDigits="1"',
        "one key",
        _tells(_digits("7"), 0),
        presses="78",
    ),
    _row(
        "numDigits",
        Case.BAD,
        'action="next" numDigits="0" timeout="2"',
        "zero is refused, no limit instead",
        _tells(_digits("12"), 2.2),
        presses="12",
        notes=(Note(13314),),
    ),
    _row(
        "numDigits",
        Case.BAD,
        'action="next" numDigits="two" timeout="2"',
        "a word is refused, no limit instead",
        _tells(_digits("123"), 2.4),
        presses="123",
        notes=(Note(13314),),
    ),
)

_FINISH_ON_KEY: Final = (
    _row(
        "finishOnKey",
        Case.ABSENT,
        'action="next"',
        "the hash key ends it and is no data",
        _tells(_digits("12", "#"), 0.4),
        presses="12#",
    ),
    _row(
        "finishOnKey",
        Case.ABSENT,
        'action="next"',
        "the hash key pressed first gathers nothing",
        _falls_through(0),
        presses="#",
    ),
    _row(
        "finishOnKey",
        Case.GIVEN,
        'action="next" finishOnKey="*"',
        "the star ends it, the hash key is data",
        _tells(_digits("1#2", "*"), 0.6),
        presses="1#2*",
    ),
    _row(
        "finishOnKey",
        Case.GIVEN,
        'action="next" finishOnKey="9"',
        "a digit ends it",
        _tells(_digits("12", "9"), 0.4),
        presses="129",
    ),
    _row(
        "finishOnKey",
        Case.LIMIT,
        'action="next" finishOnKey="" timeout="1"',
        "empty: no key ends it, star and hash are data",
        _tells(_digits("1#*2"), 1.6),
        presses="1#*2",
    ),
    _row(
        "finishOnKey",
        Case.BAD,
        'action="next" finishOnKey="*#"',
        "several are refused, the hash key instead",
        _tells(_digits("1*", "#"), 0.4),
        presses="1*#",
        notes=(Note(13310),),
    ),
    _row(
        "finishOnKey",
        Case.BAD,
        'action="next" finishOnKey="A"',
        "a letter is refused, the hash key instead",
        _tells(_digits("1", "#"), 0.2),
        presses="1#",
        notes=(Note(13310),),
    ),
)

_ACTION_ON_EMPTY_RESULT: Final = (
    _row(
        "actionOnEmptyResult",
        Case.ABSENT,
        'action="next" timeout="1"',
        "the next verb",
        _falls_through(1),
    ),
    _row(
        "actionOnEmptyResult",
        Case.GIVEN,
        'action="next" timeout="1" actionOnEmptyResult="true"',
        "the action with empty Digits",
        _tells({**_digits(""), "SpeechResult": ABSENT}, 1),
    ),
    _row(
        "actionOnEmptyResult",
        Case.GIVEN,
        'action="next" timeout="1" actionOnEmptyResult="false"',
        "false is the next verb",
        _falls_through(1),
    ),
    _row(
        "actionOnEmptyResult",
        Case.GIVEN,
        'action="next" actionOnEmptyResult="true"',
        "the finish key alone is an empty result",
        _tells(_digits("", "#"), 0),
        presses="#",
    ),
    _row(
        "actionOnEmptyResult",
        Case.LIMIT,
        'action="next" timeout="1" actionOnEmptyResult="TRUE"',
        "in any case of letters",
        _tells(_digits(""), 1),
    ),
    _row(
        "actionOnEmptyResult",
        Case.BAD,
        'action="next" timeout="1" actionOnEmptyResult="yes"',
        "another word is false",
        _falls_through(1),
        notes=(Note(13338, level=Level.ERROR, says="true or false"),),
    ),
)

_ACTION: Final = (
    _row(
        "action",
        Case.ABSENT,
        'numDigits="1" timeout="1"',
        "this document is asked for again, with the keys",
        (asks(Request("voice", _digits("1"), at_s=0)), Ends()),
        presses="1",
        then={"voice 2": "<Hangup/>"},
    ),
    _row(
        "action",
        Case.GIVEN,
        'action="next?step=2" numDigits="1"',
        "relative to the document, with its query",
        _tells({**_digits("1"), "step": "2"}),
        presses="1",
    ),
    _row(
        "action",
        Case.LIMIT,
        'action="" numDigits="1" timeout="1"',
        "empty is as absent",
        (asks(Request("voice", _digits("1"))), Ends()),
        presses="1",
        then={"voice 2": "<Hangup/>"},
    ),
    _row(
        "action",
        Case.BAD,
        'action="ftp://files.test/next" numDigits="1"',
        "what is no web address fails when it is reached",
        (asks(), HearsSaid(ERROR_SENTENCE), Ends()),
        presses="1",
        notes=(Note(11100, level=Level.ERROR), Note(11100, at=None, level=Level.ERROR)),
    ),
)

_METHOD: Final = (
    _row(
        "method",
        Case.ABSENT,
        'action="next" numDigits="1"',
        "POST",
        _tells(_digits("1")),
        presses="1",
    ),
    _row(
        "method",
        Case.GIVEN,
        'action="next" numDigits="1" method="GET"',
        "GET has the keys in its query",
        _tells(_digits("1"), method="GET"),
        presses="1",
    ),
    _row(
        "method",
        Case.BAD,
        'action="next" numDigits="1" method="PUT"',
        "another is refused, POST instead",
        _tells(_digits("1")),
        presses="1",
        notes=(Note(13312),),
    ),
)

_CONTENT: Final = (
    _row(
        "content",
        Case.GIVEN,
        'action="next" timeout="1"',
        "Play, Pause and Say are prompts in order",
        _falls_through(4, (0, 1, 620), (2, 1, 620)),
        inside=f"{PROMPT}<Pause/>{PROMPT}",
    ),
    _row(
        "content",
        Case.GIVEN,
        'action="next" numDigits="2"',
        "the first key silences the prompts",
        (asks(Request("next", _digits("12"), at_s=2.2)), hears(tone(0, 1.0, 620)), Ends(2.2)),
        presses="W1W2",
        inside="<Play>/tone/620/3</Play>",
    ),
    _row(
        "content",
        Case.BAD,
        'action="next" timeout="1"',
        "another verb is skipped",
        _falls_through(2, (0, 1, 620)),
        inside=f'{PROMPT}<Record maxLength="5"/>',
        notes=(Note(13320, at="<Record"),),
    ),
)

_INPUT: Final = (
    _row("input", Case.ABSENT, 'action="next" numDigits="1"', "keys", _tells(_digits("1")), presses="1"),
    _row(
        "input",
        Case.GIVEN,
        'action="next" numDigits="1" input="dtmf"',
        "dtmf is keys",
        _tells(_digits("1")),
        presses="1",
    ),
    _row(
        "input",
        Case.BAD,
        'action="next" numDigits="1" input="touch"',
        "another word is refused, keys instead",
        _tells(_digits("1")),
        presses="1",
        notes=(Note(13326),),
    ),
)

ROWS: Final = (
    *_INPUT,
    *_ACTION,
    *_METHOD,
    *_ACTION_ON_EMPTY_RESULT,
    *_TIMEOUT,
    *_NUM_DIGITS,
    *_FINISH_ON_KEY,
    *_CONTENT,
)
