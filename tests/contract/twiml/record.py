"""`<Record>`: what is on the recording, what ends it, what the action is told (reference/twiml 5).

Who is told of the recording, and of its transcription, is in `record_callbacks.py`.

Nobody presses a key before the recording begins, which is when the beep is over.
"""

from collections.abc import Mapping
from typing import Final

from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.expectation import (
    ANY,
    Ends,
    Expectations,
    HearsSaid,
    Request,
    Seconds,
    asks,
    hears,
    records,
    tone,
)
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Press, Row, State, Talk

BEEP_S: Final = 0.5
HZ: Final = 440
SPEAKS: Final = (Talk(HZ, 2), Press("WWWWWWWWWWWWWWW"))
"""Two seconds of a tone, then nothing."""
KEY_AFTER_3: Final = (Talk(HZ, 2), Press("W#"))


def row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    caller: Caller = Caller(KEY_AFTER_3),  # noqa: B008 - a frozen value
    then: Mapping[str, str] | None = None,
    state: State = WORKS,
) -> Row:
    return Row(
        verb="Record",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Record {written}/><Play>/tone/620/1</Play>",
        expect=expect,
        then=then or {},
        caller=caller,
        notes=notes,
        state=state,
        lasts_s=8,
    )


def told(digits: str = "#", duration: str | Seconds = ANY, at_s: float | None = None) -> Expectations:
    """The action is asked with this."""
    return (
        asks(
            Request(
                "next",
                {
                    "RecordingUrl": ANY,
                    "RecordingSid": ANY,
                    "RecordingDuration": duration,
                    "Digits": digits,
                    "CallStatus": "in-progress",
                },
                at_s=at_s,
            )
        ),
        Ends(),
    )


_SPEAKER: Final = Caller(SPEAKS)
NEXT: Final = 'action="next"'
_WITHOUT_BEEP: Final = 'action="next" playBeep="false"'

_WHAT_ENDS_IT: Final = (
    row("timeout", Case.ABSENT, NEXT, "five seconds of silence", told("", at_s=7), caller=_SPEAKER),
    row(
        "timeout",
        Case.GIVEN,
        f'{NEXT} timeout="2"',
        "two seconds of silence",
        told("", at_s=4),
        caller=_SPEAKER,
    ),
    row(
        "timeout",
        Case.LIMIT,
        f'{NEXT} timeout="1"',
        "one second of silence",
        told("", at_s=3),
        caller=_SPEAKER,
    ),
    row(
        "timeout",
        Case.LIMIT,
        f'{NEXT} timeout="0"',
        "zero: no silence ends it",
        told("5", at_s=9),
        caller=Caller((Talk(HZ, 1), Press("WWWWWWWW5"))),
    ),
    row(
        "timeout",
        Case.BAD,
        f'{NEXT} timeout="-1"',
        "is refused, five seconds instead",
        told("", at_s=7),
        Note(13611),
        caller=_SPEAKER,
    ),
    row(
        "timeout",
        Case.BAD,
        f'{NEXT} timeout="long"',
        "a word is refused",
        told("", at_s=7),
        Note(13611),
        caller=_SPEAKER,
    ),
    row(
        "finishOnKey",
        Case.ABSENT,
        NEXT,
        "every key ends it",
        told("5", at_s=3),
        caller=Caller((Talk(HZ, 2), Press("W5"))),
    ),
    row(
        "finishOnKey",
        Case.GIVEN,
        f'{NEXT} finishOnKey="*#"',
        "those keys end it, and no other",
        told("*", at_s=4.2),
        caller=Caller((Talk(HZ, 2), Press("W5W*"))),
    ),
    row(
        "finishOnKey",
        Case.LIMIT,
        f'{NEXT} finishOnKey="" maxLength="4"',
        "empty: no key ends it",
        told("", at_s=4 + BEEP_S),
        caller=Caller((Talk(HZ, 2), Press("W5*#"))),
    ),
    row(
        "finishOnKey",
        Case.BAD,
        f'{NEXT} finishOnKey="A"',
        "is refused, every key instead",
        told("5", at_s=3),
        Note(13613),
        caller=Caller((Talk(HZ, 2), Press("W5"))),
    ),
    row(
        "maxLength",
        Case.ABSENT,
        f'{NEXT} timeout="0"',
        "goes on",
        told("#", at_s=9),
        caller=Caller((Talk(HZ, 8), Press("W#"))),
    ),
    row(
        "maxLength",
        Case.GIVEN,
        f'{NEXT} maxLength="3"',
        "three seconds from the beep on",
        told("", Seconds(3), at_s=3 + BEEP_S),
        caller=Caller((Talk(HZ, 10),)),
    ),
    row(
        "maxLength",
        Case.LIMIT,
        f'{NEXT} maxLength="2"',
        "two seconds is the shortest",
        told("", Seconds(2), at_s=2 + BEEP_S),
        caller=Caller((Talk(HZ, 10),)),
    ),
    row(
        "maxLength",
        Case.BAD,
        f'{NEXT} maxLength="1"',
        "is refused, an hour instead",
        told("#", at_s=5),
        Note(13612),
        caller=Caller((Talk(HZ, 4), Press("W#"))),
    ),
)

_BEEP: Final = (
    row("playBeep", Case.ABSENT, NEXT, "a beep before it begins", (*told(), hears(tone(0, BEEP_S, 1000)))),
    row("playBeep", Case.GIVEN, f'{NEXT} playBeep="false"', "no beep", (*told(), hears())),
    row(
        "playBeep",
        Case.GIVEN,
        f'{NEXT} playBeep="true"',
        "a beep",
        (*told(), hears(tone(0, BEEP_S, 1000))),
    ),
    row(
        "playBeep",
        Case.BAD,
        f'{NEXT} playBeep="loud"',
        "is refused, a beep instead",
        (*told(), hears(tone(0, BEEP_S, 1000))),
        Note(13616),
    ),
)

_SILENCES: Final = Caller((Press("WW"), Talk(HZ, 1), Press("WW#")))
"""Two seconds of silence on both sides of one of a tone."""

_TRIM: Final = (
    row(
        "trim",
        Case.ABSENT,
        _WITHOUT_BEEP,
        "the silence on both sides is cut off",
        (*told(duration=Seconds(5)), records((tone(0.1, 1, HZ),), lasts_s=1.2)),
        caller=_SILENCES,
    ),
    row(
        "trim",
        Case.GIVEN,
        f'{_WITHOUT_BEEP} trim="trim-silence"',
        "trim-silence cuts it off",
        (*told(), records((tone(0.1, 1, HZ),), lasts_s=1.2)),
        caller=_SILENCES,
    ),
    row(
        "trim",
        Case.GIVEN,
        f'{_WITHOUT_BEEP} trim="do-not-trim"',
        "do-not-trim leaves it",
        (*told(duration=Seconds(5)), records((tone(2, 1, HZ),), lasts_s=5)),
        caller=_SILENCES,
    ),
    row(
        "trim",
        Case.BAD,
        f'{_WITHOUT_BEEP} trim="some"',
        "is refused, cut off instead",
        (*told(), records((tone(0.1, 1, HZ),), lasts_s=1.2)),
        Note(13699),
        caller=_SILENCES,
    ),
)

_WHO_IS_TOLD: Final = (
    row(
        "action",
        Case.ABSENT,
        "",
        "this document is asked for again, with the recording",
        (asks(Request("voice", {"RecordingUrl": ANY, "Digits": "#"}, at_s=3)), Ends()),
        then={"voice 2": "<Hangup/>"},
    ),
    row(
        "action",
        Case.GIVEN,
        'action="next?a=b"',
        "with its query",
        (asks(Request("next", {"a": "b", "Digits": "#"})), Ends()),
    ),
    row(
        "action",
        Case.GIVEN,
        NEXT,
        "is told of a caller who has hung up",
        (
            asks(
                Request(
                    "next",
                    {
                        "Digits": "hangup",
                        "CallStatus": "completed",
                        "RecordingSid": ANY,
                        "RecordingDuration": Seconds(2),
                    },
                )
            ),
            Ends(by_caller=True),
        ),
        caller=Caller((Talk(HZ, 2),), stays_s=3),
    ),
    row(
        "action",
        Case.LIMIT,
        f'{NEXT} timeout="1"',
        "is not told of a caller who says nothing: the next verb runs",
        (asks(), hears(tone(0, BEEP_S, 1000), tone(1 + BEEP_S, 1, 620)), Ends()),
        Note(16102, at=None),
        caller=Caller((Press("WWWWWWWW"),)),
    ),
    row(
        "action",
        Case.BAD,
        'action="ftp://files.test/"',
        "what is no web address fails when it is reached",
        (asks(), HearsSaid(ERROR_SENTENCE, after_s=2), Ends()),
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    row("method", Case.ABSENT, NEXT, "POST", told()),
    row(
        "method",
        Case.GIVEN,
        f'{NEXT} method="GET"',
        "GET",
        (asks(Request("next", {"Digits": "#"}, "GET")), Ends()),
    ),
    row("method", Case.BAD, f'{NEXT} method="PUT"', "is refused, POST instead", told(), Note(13610)),
)

_CONTENT: Final = (
    Row(
        verb="Record",
        attribute="content",
        case=Case.BAD,
        shows="what is inside is skipped",
        document='<Record action="next" playBeep="false"><Say>Hello.</Say></Record>',
        expect=(*told(), hears()),
        caller=Caller(KEY_AFTER_3),
        notes=(Note(12200, at="<Say"),),
    ),
)

ROWS: Final = (
    *_WHO_IS_TOLD,
    *_WHAT_ENDS_IT,
    *_BEEP,
    *_TRIM,
    *_CONTENT,
)
