"""`<Dial>`: how long it rings and talks, what is heard meanwhile, what the action is told.

Several nouns are in `several.py`, recording is in `recording.py`, what is read and not done in `left.py`,
each noun in a file of its own. Source: reference/twiml 6.
"""

from collections.abc import Mapping
from typing import Final

from offhook.call.leg_state import LegCause
from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    AnswersAfter,
    Called,
    Ends,
    Expectations,
    HearsSaid,
    Parameters,
    Refuses,
    Request,
    Seconds,
    Sound,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import WORKS, Callee, Caller, Case, Level, Note, Press, Row, State, Talk

RINGBACK: Final = (440, 480)
AFTER: Final = "<Play>/tone/620/1</Play>"
BUSY_NOTE: Final = Note(34002, at=None, level=Level.ERROR)
TWO_SECONDS: Final = Callee(stays_s=2)
"""Rings for a moment, answers, and hangs up two seconds later."""
LONG: Final = Callee(stays_s=20)
NEVER: Final = Callee(rings_s=None)
ANNOUNCING: Final = Callee(rings_s=3, announces=Talk(700, 1.5), stays_s=2)
COMPLETED: Final[Parameters] = {
    "DialCallStatus": "completed",
    "DialBridged": "true",
    "DialCallSid": ANY,
    "DialCallDuration": Seconds(2),
    "DialSipCallId": ANY,
    "DialSipResponseCode": "200",
}
NO_ANSWER: Final[Parameters] = {
    "DialCallStatus": "no-answer",
    "DialBridged": "false",
    "DialCallSid": ANY,
    "DialCallDuration": "0",
    "DialSipCallId": ANY,
    "DialSipResponseCode": "487",
}
FAILED: Final[Parameters] = {"DialCallStatus": "failed", "DialBridged": "false"}


def row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    bob: Callee = TWO_SECONDS,
    others: Mapping[str, Callee] | None = None,
    caller: Caller = Caller(),  # noqa: B008 - a frozen value
    after: str = AFTER,
    inside: str = "<Sip>{bob}</Sip>",
    then: Mapping[str, str] | None = None,
    lasts_s: float = 6.0,
    state: State = WORKS,
) -> Row:
    """A Dial to the phone bob, and a tone after it."""
    return Row(
        verb="Dial",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Dial {written}>{inside}</Dial>{after}",
        expect=expect,
        caller=caller,
        callees={"bob": bob, **(others or {})},
        then=then or {},
        notes=notes,
        lasts_s=lasts_s,
        state=state,
    )


def told(parameters: Parameters = COMPLETED, at_s: float | None = None, method: str = "POST") -> Expectations:
    """The action is asked with this, and what follows the Dial is not run."""
    return (asks(Request("next", parameters, method, at_s)), Ends())


NEXT: Final = 'action="next"'

_WHO_IS_TOLD: Final = (
    row(
        "action",
        Case.ABSENT,
        "",
        "nobody is told, the next verb follows",
        (asks(), hears(tone(0, 0.4, *RINGBACK), tone(2.4, 1, 620)), Ends(3.4)),
    ),
    row(
        "action",
        Case.GIVEN,
        'action="next?a=b"',
        "is told what came of it",
        told({**COMPLETED, "a": "b"}, 2.4),
    ),
    row(
        "action",
        Case.GIVEN,
        NEXT,
        "busy",
        told(
            {
                "DialCallStatus": "busy",
                "DialBridged": "false",
                "DialSipResponseCode": "486",
                "RecordingUrl": ABSENT,
            }
        ),
        BUSY_NOTE,
        bob=Callee(status=486),
    ),
    row(
        "action",
        Case.GIVEN,
        NEXT,
        "refused for good",
        told({"DialCallStatus": "failed", "DialSipResponseCode": "404"}),
        bob=Callee(status=404),
    ),
    row(
        "action",
        Case.GIVEN,
        NEXT,
        "is told of a caller who has hung up",
        (
            asks(Request("next", {"DialCallStatus": "completed", "CallStatus": "completed"})),
            Ends(by_caller=True),
            Called("bob", cause=LegCause.HUNG_UP_THERE),
        ),
        bob=LONG,
        caller=Caller(stays_s=2),
    ),
    row(
        "action",
        Case.LIMIT,
        'action=""',
        "empty is as absent",
        (asks(), hears(tone(0, 0.4, *RINGBACK), tone(2.4, 1, 620)), Ends(3.4)),
    ),
    row(
        "action",
        Case.BAD,
        'action="ftp://files.test/"',
        "what is no web address fails when it is reached",
        (asks(), HearsSaid(ERROR_SENTENCE, after_s=1.5), Ends()),
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    row("method", Case.ABSENT, NEXT, "POST", told()),
    row("method", Case.GIVEN, f'{NEXT} method="GET"', "GET", told(method="GET")),
    row("method", Case.BAD, f'{NEXT} method="PUT"', "is refused, POST instead", told(), Note(13210)),
)

_UNANSWERED: Final = (Called("bob", cause=LegCause.GIVEN_UP_THERE),)


def _timeout(case: Case, written: str, seconds: float, shows: str, *notes: Note) -> Row:
    """seconds: how long it rings in all."""
    return row(
        "timeout",
        case,
        f"{NEXT} {written}",
        shows,
        (*told(NO_ANSWER, seconds), Called("bob", rings_s=seconds, cause=LegCause.GIVEN_UP_THERE)),
        *notes,
        bob=NEVER,
        lasts_s=seconds,
    )


_HOW_LONG: Final = (
    _timeout(Case.ABSENT, "", 35, "thirty seconds, and the five that are added"),
    _timeout(Case.GIVEN, 'timeout="7"', 12, "as written, and five"),
    _timeout(Case.LIMIT, 'timeout="5"', 10, "five is the least, and five"),
    row(
        "timeout",
        Case.LIMIT,
        f'{NEXT} timeout="100000"',
        "many are taken for six hundred, without a word",
        (asks(Request("next", NO_ANSWER)), Ends(by_caller=True), *_UNANSWERED),
        bob=NEVER,
        caller=Caller(stays_s=3),
    ),
    _timeout(Case.BAD, 'timeout="4"', 35, "is refused, thirty seconds instead", Note(13212)),
    _timeout(Case.BAD, 'timeout="soon"', 35, "a word is refused", Note(13212)),
    row(
        "timeLimit",
        Case.ABSENT,
        NEXT,
        "goes on",
        told(at_s=6.3, parameters={"DialCallDuration": Seconds(6)}),
        bob=Callee(stays_s=6),
    ),
    row(
        "timeLimit",
        Case.GIVEN,
        f'{NEXT} timeLimit="3"',
        "three seconds from the bridge",
        (
            *told({"DialCallDuration": Seconds(3), "DialCallStatus": "completed"}, 3.3),
            Called("bob", talks_s=3, cause=LegCause.HUNG_UP_THERE),
        ),
        bob=LONG,
    ),
    row(
        "timeLimit",
        Case.LIMIT,
        f'{NEXT} timeLimit="1"',
        "one second is the shortest",
        told({"DialCallDuration": Seconds(1)}, 1.3),
        bob=LONG,
    ),
    row(
        "timeLimit",
        Case.BAD,
        f'{NEXT} timeLimit="0"',
        "is refused, four hours instead",
        told(at_s=2.3),
        Note(13216),
    ),
    row(
        "hangupOnStar",
        Case.ABSENT,
        NEXT,
        "a star does nothing",
        told(at_s=2.3),
        caller=Caller((Press("W*"),)),
    ),
    row(
        "hangupOnStar",
        Case.GIVEN,
        f'{NEXT} hangupOnStar="true"',
        "the caller's star ends the bridge",
        (
            *told({"DialCallStatus": "completed", "DialBridged": "true"}, 2),
            Called("bob", cause=LegCause.HUNG_UP_THERE),
        ),
        bob=LONG,
        caller=Caller((Press("W1W*"),)),
    ),
    row(
        "hangupOnStar",
        Case.GIVEN,
        f'{NEXT} hangupOnStar="true"',
        "the callee's star does nothing",
        told(at_s=2.3),
        bob=Callee(does=(Press("w*"),), stays_s=2),
    ),
    row(
        "hangupOnStar",
        Case.LIMIT,
        f'{NEXT} hangupOnStar="FALSE"',
        "in any case of letters",
        told(at_s=2.3),
        caller=Caller((Press("W*"),)),
    ),
    row(
        "hangupOnStar",
        Case.BAD,
        f'{NEXT} hangupOnStar="yes"',
        "is refused, a star does nothing",
        told(at_s=2.3),
        Note(13213),
        caller=Caller((Press("W*"),)),
    ),
)

_WHISPER: Final = row(
    "timeLimit",
    Case.GIVEN,
    f'{NEXT} timeLimit="2"',
    "a whisper before the bridge does not count",
    (
        asks(Request("whisper"), Request("next", {"DialCallDuration": Seconds(5)}, at_s=5.3)),
        Ends(),
    ),
    bob=LONG,
    inside='<Sip url="whisper">{bob}</Sip>',
    then={"whisper": "<Play>/tone/700/3</Play>"},
)

_LONG_ID: Final = "1" * 255

_WHO_CALLS: Final = (
    row("callerId", Case.ABSENT, NEXT, "the caller's own", (*told(), Called("bob", from_user="alice"))),
    row(
        "callerId",
        Case.GIVEN,
        f'{NEXT} callerId="+15550100200"',
        "a number",
        (*told(), Called("bob", from_user="+15550100200")),
    ),
    row(
        "callerId",
        Case.GIVEN,
        f'{NEXT} callerId="front_desk-1.a"',
        "letters, digits and + - _ . towards SIP",
        (*told(), Called("bob", from_user="front_desk-1.a")),
    ),
    row(
        "callerId",
        Case.GIVEN,
        f'{NEXT} callerId="client:carol"',
        "a client",
        (*told(), Called("bob", from_user="carol")),
    ),
    row(
        "callerId",
        Case.GIVEN,
        f'{NEXT} callerId="(415) 555-1212"',
        "a number with brackets is E.164",
        (*told(), Called("bob", from_user="+14155551212")),
    ),
    row(
        "callerId",
        Case.LIMIT,
        f'{NEXT} callerId="{_LONG_ID}"',
        "255 characters",
        (*told(), Called("bob", from_user=_LONG_ID)),
    ),
    row(
        "callerId",
        Case.BAD,
        f'{NEXT} callerId="{_LONG_ID}1"',
        "256 are too many, the caller's own instead",
        (*told(), Called("bob", from_user="alice")),
        Note(13248),
    ),
    row(
        "callerId",
        Case.BAD,
        f'{NEXT} callerId="two words"',
        "what SIP cannot show fails",
        (*told(FAILED), Called("bob", times=0)),
        Note(13247, level=Level.ERROR),
    ),
)

_LATE: Final = Callee(rings_s=2, stays_s=2)


def _silent_until(seconds: float) -> tuple[Sound, ...]:
    return (tone(0, min(seconds, 2), *RINGBACK),)


_WHAT_IS_HEARD: Final = (
    row(
        "answerOnBridge",
        Case.ABSENT,
        NEXT,
        "answers at once",
        (*told(at_s=4), AnswersAfter(0), hears(*_silent_until(2))),
        bob=_LATE,
    ),
    row(
        "answerOnBridge",
        Case.GIVEN,
        f'{NEXT} answerOnBridge="true"',
        "rings until the bridge",
        (*told(at_s=2), AnswersAfter(2), hears()),
        bob=_LATE,
    ),
    row(
        "answerOnBridge",
        Case.GIVEN,
        f'{NEXT} answerOnBridge="false"',
        "answers at once",
        (*told(at_s=4), AnswersAfter(0)),
        bob=_LATE,
    ),
    row(
        "answerOnBridge",
        Case.GIVEN,
        'answerOnBridge="true"',
        "nobody answers: the next verb may refuse the call",
        (asks(), Refuses(486, "busy")),
        BUSY_NOTE,
        bob=Callee(status=486),
        after='<Reject reason="busy"/>',
    ),
    row(
        "answerOnBridge",
        Case.BAD,
        f'{NEXT} answerOnBridge="yes"',
        "is refused, answers at once",
        (*told(at_s=4), AnswersAfter(0)),
        Note(13219),
        bob=_LATE,
    ),
    row(
        "ringTone",
        Case.ABSENT,
        NEXT,
        "the ringback of the US",
        (*told(), hears(tone(0, 2, 440, 480))),
        bob=Callee(rings_s=3, stays_s=2),
    ),
    row(
        "ringTone",
        Case.ABSENT,
        NEXT,
        "half a second of it, then the early media of the callee",
        (*told(), hears(tone(0, 2, 700))),
        bob=ANNOUNCING,
    ),
    row(
        "ringTone",
        Case.GIVEN,
        f'{NEXT} ringTone="de"',
        "is heard in place of early media",
        (*told(), hears(tone(0, 1, 425))),
        bob=ANNOUNCING,
    ),
    row(
        "ringTone",
        Case.GIVEN,
        f'{NEXT} ringTone="de"',
        "of Germany",
        (*told(), hears(tone(0, 1, 425))),
        bob=Callee(rings_s=3, stays_s=2),
    ),
    row(
        "ringTone",
        Case.GIVEN,
        f'{NEXT} ringTone="uk"',
        "of the UK",
        (*told(), hears(tone(0, 1, 400, 450))),
        bob=Callee(rings_s=2.5, stays_s=2),
    ),
    row(
        "ringTone",
        Case.LIMIT,
        f'{NEXT} ringTone="DE"',
        "in any case of letters",
        (*told(), hears(tone(0, 1, 425))),
        bob=Callee(rings_s=3, stays_s=2),
    ),
    row(
        "ringTone",
        Case.BAD,
        f'{NEXT} ringTone="atlantis"',
        "is refused, the US instead",
        (*told(), hears(tone(0, 2, 440, 480))),
        Note(13220),
        bob=Callee(rings_s=3, stays_s=2),
    ),
    row(
        "content",
        Case.GIVEN,
        NEXT,
        "caller and callee hear each other",
        (*told(), hears(tone(0, 0.4, *RINGBACK), tone(1.3, 1, 700)), hears(tone(0, 1.7, 350), callee="bob")),
        bob=Callee(does=(Press("W"), Talk(700, 1)), stays_s=2.3),
        caller=Caller((Talk(350, 2),)),
    ),
)

ROWS: Final = (*_WHO_IS_TOLD, *_HOW_LONG, _WHISPER, *_WHO_CALLS, *_WHAT_IS_HEARD)
