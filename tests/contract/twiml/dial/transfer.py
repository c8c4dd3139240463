"""`<Dial referUrl>`: either side transfers the other by REFER (reference/twiml 6.9, sip-interface 6.2)."""

from typing import Final

from tests.contract.twiml.dial.attributes import AFTER, COMPLETED, LONG, RINGBACK, row
from tests.contract.twiml.expectation import (
    ANY,
    Ends,
    Expectations,
    Parameters,
    Request,
    Transfers,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Callee, Caller, Case, Level, Note, Refers, Row, Talk

TARGET: Final = "sip:carol@callee.test?X-Case=4%2C2"
_REFERS: Final = (Talk(400, 1), Refers(TARGET))
REFERRING: Final = Callee(does=_REFERS, stays_s=20)
"""Answers, talks for a second, and transfers the caller."""
STAYS: Final = Callee(does=(*_REFERS, Talk(400, 1)), stays_s=4)
"""The same, and talks on where that fails."""
CAROL: Final = Callee(does=(Talk(700, 1),), stays_s=2)
BUSY: Final = Callee(486)
IS_ASKED: Final[Parameters] = {
    "ReferTransferTarget": f"<{TARGET}>",
    "CallSid": ANY,
    "CallStatus": "in-progress",
}
NEXT: Final = 'action="next"'
REFER: Final = f'referUrl="refer" {NEXT}'
ON_BRIDGE: Final = f'{REFER} answerOnBridge="true"'
TO_CAROL: Final = {"refer": "<Dial><Sip>{carol}</Sip></Dial><Play>/tone/880/1</Play>"}
NO_REFER_URL: Final = Note(13802, at=None, level=Level.ERROR)


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    bob: Callee = REFERRING,
    carol: Callee = CAROL,
    caller: Caller = Caller(),  # noqa: B008 - a frozen value
) -> Row:
    return row(
        attribute,
        case,
        written,
        shows,
        expect,
        *notes,
        bob=bob,
        others={"carol": carol},
        caller=caller,
        then=TO_CAROL,
        after=AFTER,
        lasts_s=8,
    )


_TRANSFERRED: Final = (
    asks(Request("refer", IS_ASKED)),
    Transfers(202, 200, callee="bob"),
    hears(tone(0, 2.7, *RINGBACK, 400, 700), tone(3.7, 1, 880)),
    Ends(),
)

ROWS: Final = (
    _row(
        "referUrl",
        Case.ABSENT,
        NEXT,
        "a REFER is refused, and the two talk on",
        (asks(Request("next", {**COMPLETED, "DialCallDuration": "4"})), Transfers(403, callee="bob"), Ends()),
        NO_REFER_URL,
        bob=STAYS,
    ),
    _row("referUrl", Case.GIVEN, REFER, "its document runs on who stays", _TRANSFERRED),
    _row(
        "referUrl",
        Case.GIVEN,
        ON_BRIDGE,
        "with answerOnBridge the two talk until the target answers",
        (
            asks(Request("refer", IS_ASKED)),
            Transfers(202, 200, callee="bob"),
            hears(tone(0, 1, 400), tone(1.4, 1, 700), tone(3.4, 1, 880)),
            Ends(),
        ),
    ),
    _row(
        "referUrl",
        Case.GIVEN,
        ON_BRIDGE,
        "with answerOnBridge they talk on where the target is busy",
        (
            asks(Request("refer", IS_ASKED), Request("next", {**COMPLETED, "DialCallDuration": "4"})),
            Transfers(202, 486, callee="bob"),
            Ends(),
        ),
        Note(34002, at=None, level=Level.ERROR),
        bob=STAYS,
        carol=BUSY,
    ),
    _row(
        "referUrl",
        Case.GIVEN,
        REFER,
        "the caller transfers the callee",
        (
            asks(
                Request("refer", {**IS_ASKED, "ParentCallSid": ANY}), Request("next", {"DialCallStatus": ANY})
            ),
            Transfers(202, 200),
            Ends(),
        ),
        bob=LONG,
        caller=Caller(does=(Talk(500, 1), Refers(TARGET))),
    ),
    _row(
        "referUrl",
        Case.BAD,
        f'referUrl="ftp://files.test/" {NEXT}',
        "is noted, and fails where a REFER comes",
        (asks(), Transfers(202, 503, callee="bob"), Ends()),
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    _row("referMethod", Case.ABSENT, REFER, "POST", _TRANSFERRED),
    _row(
        "referMethod",
        Case.GIVEN,
        f'{REFER} referMethod="GET"',
        "GET",
        (asks(Request("refer", IS_ASKED, "GET")), Transfers(202, 200, callee="bob"), Ends()),
    ),
    _row("referMethod", Case.BAD, f'{REFER} referMethod="PUT"', "POST", _TRANSFERRED, Note(12200)),
)
