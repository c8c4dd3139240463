"""`<Conference>`: each of its attributes, as one who is alone in it sees it (reference/twiml 6.7).

Alone it waits for three seconds, hears the wait document, and is told by callbacks how it stands; that others
hear it and it hears them, is shown by real phones in `tests/peers/test_conference.py`.
"""

from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    NOTHING,
    Ends,
    Expectation,
    HearsSpeech,
    Parameters,
    Request,
    Tells,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import WORKS, Case, Level, Note, Row, State, part

WAITS_S: Final = 3
SOUND: Final = hears(tone(0, 1, 440))
SILENCE: Final = hears()
NEWS: Final = 'statusCallback="news" statusCallbackEvent="join leave end"'
WAIT: Final = 'waitUrl="wait" '
NEXT: Final = Request("next", {"DialCallStatus": "answered", "DialCallSid": ABSENT})
FAILED: Final = Request("next", {"DialCallStatus": "failed"})
WAITED: Final = Request("wait", {"ConferenceSid": ANY})
JOIN: Final[Parameters] = {
    "StatusCallbackEvent": "participant-join",
    "SequenceNumber": "1",
    "Muted": "false",
    "Hold": "false",
    "Coaching": "false",
    "EndConferenceOnExit": "false",
    "StartConferenceOnEnter": "true",
    "ParticipantLabel": ABSENT,
}
LEAVE: Final[Parameters] = {
    "StatusCallbackEvent": "participant-leave",
    "ReasonParticipantLeft": "participant_hung_up",
    "ParticipantCallStatus": "in-progress",
}
END: Final[Parameters] = {
    "StatusCallbackEvent": "conference-end",
    "ReasonConferenceEnded": "last-participant-left",
    "CallSidEndingConference": ANY,
}

MODERATED: Final[Parameters] = {
    **END,
    "ReasonConferenceEnded": "participant-with-end-conference-on-exit-left",
}


def _told(joined: Parameters = NOTHING, *, method: str = "POST", ending: Parameters = END) -> Expectation:
    """Its join, with these parameters beside the common ones, its leave, and the end."""
    news = ({**JOIN, **joined}, LEAVE, ending)
    return _tells(*(Request("news", each, method) for each in news))


def _tells(*news: Request) -> Expectation:
    return Tells("news", news)


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *expect: Expectation,
    notes: tuple[Note, ...] = (),
    documents: tuple[Request, ...] = (WAITED, NEXT),
    wait: str = WAIT,
    dial: str = "",
    state: State = WORKS,
    content: str | None = None,
    ends: Expectation | None = None,
) -> Row:
    """One caller, alone in a conference that no other row is in."""
    name = f"{attribute} {case} {shows}"[:128] if content is None else content
    noun = f"<Conference {wait}{written}>{name}</Conference>"
    document = f'<Dial action="next" timeLimit="{WAITS_S}" {dial}>{noun}</Dial>'
    return Row(
        verb="Conference",
        attribute=attribute,
        case=case,
        shows=shows,
        document=document,
        expect=(asks(*documents), *(expect or (SOUND,)), ends or Ends(WAITS_S)),
        then={"wait": "<Play>/tone/440/1</Play>"},
        notes=notes,
        state=state,
    )


def _noted(code: int, level: Level = Level.WARNING) -> tuple[Note, ...]:
    return (Note(code, level=level),)


def _flag(
    name: str, code: int, default: str, other: str, *, ending: Parameters = END, shows: str = "as it says"
) -> tuple[Row, ...]:
    """An attribute that is true or false, and is told of under its own name in PascalCase."""
    told = name[0].upper() + name[1:]
    stands = _told({told: default})
    given = _told({told: other}, ending=ending)
    return (
        _row(name, Case.ABSENT, NEWS, f"{default} is the default", SOUND, stands),
        _row(name, Case.GIVEN, f'{name}="{other}" {NEWS}', shows, SOUND, given),
        _row(
            name,
            Case.BAD,
            f'{name}="yes" {NEWS}',
            "is noted, the default stands",
            SOUND,
            stands,
            notes=_noted(code),
        ),
    )


_WAIT: Final = (
    _row(
        "waitUrl",
        Case.ABSENT,
        "",
        "the music of the node is heard for as long as it waits",
        HearsSpeech(WAITS_S - 1),
        wait="",
        documents=(NEXT,),
    ),
    _row("waitUrl", Case.GIVEN, "", "its document runs once, then there is silence", SOUND),
    _row("waitUrl", Case.LIMIT, 'waitUrl=""', "empty is silence", SILENCE, wait="", documents=(NEXT,)),
    _row(
        "waitUrl",
        Case.BAD,
        'waitUrl="ftp://x/y"',
        "is noted, and the music is heard",
        HearsSpeech(WAITS_S - 1),
        wait="",
        documents=(NEXT,),
        notes=_noted(13233),
    ),
    _row("waitMethod", Case.ABSENT, "", "it is asked for by POST"),
    _row(
        "waitMethod",
        Case.GIVEN,
        'waitMethod="GET"',
        "it is asked for by GET",
        documents=(Request("wait", method="GET"), NEXT),
    ),
    _row("waitMethod", Case.BAD, 'waitMethod="PUT"', "is noted, POST stands", notes=_noted(13234)),
)

_STATUS: Final = (
    _row("statusCallback", Case.ABSENT, "", "nobody is told", SOUND, _tells()),
    _row("statusCallback", Case.GIVEN, NEWS, "it is told in order, numbered from 1", SOUND, _told()),
    _row(
        "statusCallback",
        Case.BAD,
        'statusCallback="x y" statusCallbackEvent="join"',
        "is noted, and nobody is told",
        notes=_noted(11100, Level.ERROR),
    ),
    _row("statusCallbackMethod", Case.ABSENT, NEWS, "it is told by POST", SOUND, _told()),
    _row(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{NEWS} statusCallbackMethod="GET"',
        "it is told by GET",
        SOUND,
        _told(method="GET"),
    ),
    _row(
        "statusCallbackMethod",
        Case.BAD,
        f'{NEWS} statusCallbackMethod="PUT"',
        "is noted, POST stands",
        SOUND,
        _told(),
        notes=_noted(12200),
    ),
    _row(
        "statusCallbackEvent",
        Case.ABSENT,
        'statusCallback="news"',
        "of nothing is it told",
        SOUND,
        _tells(),
    ),
    _row(
        "statusCallbackEvent",
        Case.GIVEN,
        'statusCallback="news" statusCallbackEvent="end"',
        "of what it says alone",
        SOUND,
        _tells(Request("news", {**END, "SequenceNumber": "1"})),
    ),
    _row(
        "statusCallbackEvent",
        Case.BAD,
        'statusCallback="news" statusCallbackEvent="begin"',
        "is noted, and of nothing is it told",
        SOUND,
        _tells(),
        notes=_noted(12200),
    ),
    _row(
        "eventCallbackUrl",
        Case.ABSENT,
        "",
        "is not needed",
        state=part("checked; the callbacks that Twilio has withdrawn are not sent"),
    ),
    _row(
        "eventCallbackUrl",
        Case.GIVEN,
        'eventCallbackUrl="news"',
        "is read, and left",
        SOUND,
        _tells(),
        state=part("checked; the callbacks that Twilio has withdrawn are not sent"),
    ),
    _row(
        "eventCallbackUrl",
        Case.BAD,
        'eventCallbackUrl="x y"',
        "is noted",
        notes=_noted(11100, Level.ERROR),
        state=part("checked; the callbacks that Twilio has withdrawn are not sent"),
    ),
)


def _plain(
    name: str, given: str, bad: str, code: int = 12200, *, state: State = WORKS, shows: str = "it waits"
) -> tuple[Row, ...]:
    """An attribute of which one who is alone sees that it is read, and a bad value that it is noted."""
    return (
        _row(name, Case.ABSENT, "", "the default stands", state=state),
        _row(name, Case.GIVEN, f'{name}="{given}"', shows, state=state),
        _row(
            name, Case.BAD, f'{name}="{bad}"', "is noted, the default stands", notes=_noted(code), state=state
        ),
    )


_RECORDING: Final = 'record="record-from-start"'
_COACH: Final = (
    _row("coach", Case.ABSENT, "", "it coaches nobody"),
    _row(
        "coach",
        Case.GIVEN,
        f'coach="CA{"0" * 32}"',
        "whoever coaches one who is not there does not join",
        SILENCE,
        documents=(FAILED,),
        notes=(Note(13240, at=None, level=Level.ERROR),),
        ends=Ends(0),
    ),
    _row(
        "coach",
        Case.LIMIT,
        f'coach="{"C" * 64}"',
        "64 characters are looked for",
        SILENCE,
        documents=(FAILED,),
        notes=(Note(13240, at=None, level=Level.ERROR),),
        ends=Ends(0),
    ),
    _row("coach", Case.BAD, f'coach="{"C" * 65}"', "what can be no Sid is noted", notes=_noted(12200)),
)

ROWS: Final = (
    _row("content", Case.GIVEN, "", "a name is a conference of the account"),
    _row("content", Case.LIMIT, "", "of 128 characters", content="n" * 128),
    _row(
        "content",
        Case.BAD,
        "",
        "of 129 is none",
        SILENCE,
        content="n" * 129,
        documents=(FAILED,),
        notes=_noted(13237),
        ends=Ends(0),
    ),
    _row(
        "content",
        Case.BAD,
        "",
        "the Sid of a conference that is over never revives",
        SILENCE,
        content=f"CF{'0' * 32}",
        documents=(FAILED,),
        notes=(Note(13236, at=None),),
        ends=Ends(0),
    ),
    *_flag("muted", 13230, "false", "true"),
    *_flag("startConferenceOnEnter", 13232, "true", "false"),
    *_flag("endConferenceOnExit", 13231, "false", "true", ending=MODERATED, shows="its leaving ends it"),
    *_plain("beep", "onEnter", "loud", 13235, shows="alone it hears none"),
    _row("participantLabel", Case.ABSENT, NEWS, "it has none", SOUND, _told()),
    _row(
        "participantLabel",
        Case.GIVEN,
        f'participantLabel="ann" {NEWS}',
        "it is told with every event",
        SOUND,
        _told({"ParticipantLabel": "ann"}),
    ),
    _row(
        "participantLabel",
        Case.LIMIT,
        f'participantLabel="{"a" * 128}" {NEWS}',
        "128 characters are told",
        SOUND,
        _told({"ParticipantLabel": "a" * 128}),
    ),
    _row(
        "participantLabel",
        Case.BAD,
        f'participantLabel="a/b" {NEWS}',
        "is noted, and it has none",
        SOUND,
        _told(),
        notes=_noted(12200),
    ),
    *_plain("jitterBufferSize", "small", "huge"),
    *_WAIT,
    *_plain("maxParticipants", "2", "1"),
    _row("maxParticipants", Case.LIMIT, 'maxParticipants="251"', "more than 250 are 250"),
    *_plain("record", "record-from-start", "sometimes", shows="nothing is recorded before two are there"),
    *_plain("trim", "do-not-trim", "all", 13239),
    *_plain("region", "ie1", "mars1", state=part("kept and shown; everything is mixed here")),
    *_COACH,
    *_STATUS,
    *(
        row
        for name, given, bad, code, level in (
            ("recordingStatusCallback", "news", "x y", 13256, Level.WARNING),
            ("recordingStatusCallbackMethod", "GET", "PUT", 12200, Level.WARNING),
            ("recordingStatusCallbackEvent", "absent", "none", 13621, Level.ERROR),
        )
        for row in (
            _row(name, Case.ABSENT, _RECORDING, "nobody is told of one that never began"),
            _row(name, Case.GIVEN, f'{_RECORDING} {name}="{given}"', "nothing to tell before two are there"),
            _row(name, Case.BAD, f'{_RECORDING} {name}="{bad}"', "is noted", notes=_noted(code, level)),
        )
    ),
)
