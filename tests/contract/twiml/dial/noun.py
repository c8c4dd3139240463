"""What nouns of `<Dial>` have in common: whisper, status callback, keys, machine detection.

Each noun's file says how it is written and who is called, and gets its rows from here.
Source: reference/twiml 6.4, 12.1, 13.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectations,
    HearsKeys,
    Parameters,
    Request,
    asks,
    hears,
    tells,
    tone,
)
from tests.contract.twiml.row import WORKS, Callee, Case, Level, Note, Row, Speak, State, Wait

WHISPER: Final = "<Play>/tone/700/1</Play>"
TALKS_S: Final = 2
ANSWERING: Final = Callee(stays_s=TALKS_S)
"""Longer than a whisper."""


@dataclass(frozen=True)
class Noun:
    """How one noun is written, and who is called by it."""

    name: str
    content: str
    """What stands inside."""
    bad_method: int
    """The code of a bad `method`."""
    bad_keys: int = 0
    """The code of bad `sendDigits`; 0 where there are none."""
    callees: Mapping[str, Callee] = field(default_factory=lambda: MappingProxyType[str, Callee]({}))
    """The phone bob, unless an own number is called."""
    asks_first: tuple[Request, ...] = ()
    """What an own number asks when it is called."""
    then: Mapping[str, str] = field(default_factory=lambda: MappingProxyType[str, str]({}))

    @property
    def has_phone(self) -> bool:
        """Whether a phone is called, which can say what it heard."""
        return bool(self.callees)

    def row(
        self,
        attribute: str,
        case: Case,
        written: str,
        shows: str,
        expect: Expectations,
        *notes: Note,
        then: Mapping[str, str] | None = None,
        bob: Callee | None = None,
        stays_s: float | None = None,
        content: str | None = None,
        state: State = WORKS,
        dial: str = 'action="next"',
        lasts_s: float = 6.0,
    ) -> Row:
        """A Dial of this noun alone."""
        inside = self.content if content is None else content
        callees = {"bob": bob} if bob is not None else self.callees
        if stays_s is not None:
            callees = {name: replace(callee, stays_s=stays_s) for name, callee in callees.items()}
        return Row(
            verb=self.name,
            attribute=attribute,
            case=case,
            shows=shows,
            document=f"<Dial {dial}><{self.name} {written}>{inside}</{self.name}></Dial>",
            then={**self.then, **(then or {})},
            expect=expect,
            callees=callees,
            number=not self.has_phone,
            notes=notes,
            state=state,
            lasts_s=lasts_s,
        )

    def asks(self, *wanted: Request) -> Expectations:
        """These documents are asked for, after those of an own number."""
        return (asks(*self.asks_first, *wanted), Ends())

    def done(self, parameters: Parameters | None = None) -> Expectations:
        """The Dial's action is told of a call that was talked on."""
        return self.asks(Request("next", parameters or COMPLETED))


COMPLETED: Final[Parameters] = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallSid": ANY}
NOT_BRIDGED: Final[Parameters] = {"DialCallStatus": "completed", "DialBridged": "false"}
_OF_CHILD: Final[Parameters] = {
    "CallSid": ANY,
    "ParentCallSid": ANY,
    "CallStatus": "in-progress",
    "Direction": "outbound-dial",
}


def whisper_rows(noun: Noun) -> tuple[Row, ...]:
    """`url` and `method`."""

    def whispered(method: str = "POST") -> Expectations:
        return noun.asks(Request("whisper", _OF_CHILD, method), Request("next", COMPLETED))

    heard = (hears(tone(0, 1, 700), callee="bob"),) if noun.has_phone else ()
    fatal = Note(11100, level=Level.ERROR)
    return (
        noun.row("url", Case.ABSENT, "", "the callee is bridged at once", noun.done()),
        noun.row(
            "url",
            Case.GIVEN,
            'url="whisper"',
            "the callee hears it, and is bridged",
            (*whispered(), *heard),
            then={"whisper": WHISPER},
        ),
        noun.row(
            "url",
            Case.GIVEN,
            'url="whisper"',
            "a Hangup in it is no bridge",
            noun.asks(Request("whisper", _OF_CHILD), Request("next", NOT_BRIDGED)),
            then={"whisper": "<Hangup/>"},
        ),
        noun.row(
            "url",
            Case.BAD,
            'url="whisper"',
            "a Dial in it ends the callee's call",
            noun.asks(Request("whisper", _OF_CHILD), Request("next", NOT_BRIDGED)),
            Note(13201, at=None, level=Level.ERROR),
            then={"whisper": "<Dial>+15550100200</Dial>"},
            stays_s=10,
        ),
        noun.row(
            "url",
            Case.BAD,
            'url="ftp://files.test/"',
            "what is no web address is no bridge",
            noun.asks(Request("next", NOT_BRIDGED)),
            fatal,
            Note(11100, at=None, level=Level.ERROR),
            stays_s=10,
        ),
        noun.row("method", Case.ABSENT, 'url="whisper"', "POST", whispered(), then={"whisper": WHISPER}),
        noun.row(
            "method",
            Case.GIVEN,
            'url="whisper" method="GET"',
            "GET",
            whispered("GET"),
            then={"whisper": WHISPER},
        ),
        noun.row(
            "method",
            Case.BAD,
            'url="whisper" method="PUT"',
            "is refused, POST instead",
            whispered(),
            Note(noun.bad_method),
            then={"whisper": WHISPER},
        ),
    )


def _news(status: str, number: int, **more: str | None) -> Parameters:
    return {
        "CallStatus": status,
        "SequenceNumber": str(number),
        "CallbackSource": "call-progress-events",
        "Direction": "outbound-dial",
        "CallSid": ANY,
        "ParentCallSid": ANY,
        "Timestamp": ANY,
        **more,
    }


def callback_rows(noun: Noun) -> tuple[Row, ...]:
    """`statusCallback`, its method and its events."""
    callback = 'statusCallback="news"'
    end = _news("completed", 0, CallDuration=ANY, SipResponseCode="200")
    every = (
        _news("initiated", 0, CallDuration=ABSENT),
        _news("ringing", 1, CallDuration=ABSENT),
        _news("in-progress", 2, CallDuration=ABSENT),
        _news("completed", 3, CallDuration=ANY),
    )

    def told_so(*news: Parameters, method: str = "POST") -> Expectations:
        return (*noun.done(), tells("news", *news, method=method))

    def events(case: Case, written: str, shows: str, news: tuple[Parameters, ...], *notes: Note) -> Row:
        return noun.row("statusCallbackEvent", case, f"{callback} {written}", shows, told_so(*news), *notes)

    return (
        noun.row("statusCallback", Case.ABSENT, "", "nobody is told", noun.done()),
        noun.row("statusCallback", Case.GIVEN, callback, "is told the end", told_so(end)),
        *(_unanswered_rows(noun, callback) if noun.has_phone else ()),
        noun.row(
            "statusCallback",
            Case.BAD,
            'statusCallback="ftp://files.test/"',
            "is noted, the call is made",
            noun.done(),
            Note(11100, level=Level.ERROR),
        ),
        noun.row("statusCallbackMethod", Case.ABSENT, callback, "POST", told_so(end)),
        noun.row(
            "statusCallbackMethod",
            Case.GIVEN,
            f'{callback} statusCallbackMethod="GET"',
            "GET",
            told_so(end, method="GET"),
        ),
        noun.row(
            "statusCallbackMethod",
            Case.BAD,
            f'{callback} statusCallbackMethod="PUT"',
            "is refused, POST instead",
            told_so(end),
            Note(12200),
        ),
        events(Case.ABSENT, "", "completed alone", (end,)),
        events(
            Case.GIVEN,
            'statusCallbackEvent="initiated ringing answered completed"',
            "all four, in order",
            every,
        ),
        events(
            Case.GIVEN,
            'statusCallbackEvent="answered"',
            "the answer alone is counted from zero",
            (_news("in-progress", 0),),
        ),
        events(Case.LIMIT, 'statusCallbackEvent="COMPLETED"', "in any case of letters", (end,)),
        events(Case.BAD, 'statusCallbackEvent="done"', "is refused, completed instead", (end,), Note(12200)),
    )


def _unanswered_rows(noun: Noun, callback: str) -> tuple[Row, ...]:
    """A callee's phone that refuses, or rings on."""

    def ends(shows: str, status: str, sip_status: int, bob: Callee, *notes: Note) -> Row:
        end = _news(status, 0, CallDuration="0", Duration="0", SipResponseCode=str(sip_status))
        done = Request("next", {"DialCallStatus": status, "DialCallDuration": "0", "DialBridged": "false"})
        expect = (*noun.asks(done), tells("news", end))
        dial = 'action="next" timeout="5"'
        return noun.row(
            "statusCallback", Case.GIVEN, callback, shows, expect, *notes, bob=bob, dial=dial, lasts_s=11.0
        )

    registered = noun.callees["bob"].is_registered
    return (
        ends(
            "of one who is busy",
            "busy",
            486,
            Callee(status=486, is_registered=registered),
            Note(34002, at=None, level=Level.ERROR),
        ),
        ends("of one who cannot be reached", "failed", 404, Callee(status=404, is_registered=registered)),
        ends("of one who does not answer", "no-answer", 487, Callee(rings_s=None, is_registered=registered)),
    )


def keys_rows(noun: Noun) -> tuple[Row, ...]:
    """`sendDigits`."""
    if noun.has_phone:

        def pressed(keys: str, last_at_s: float | None = None) -> Expectations:
            return (*noun.done(), HearsKeys(keys, last_at_s, callee="bob"))

        then = {}
    else:

        def pressed(keys: str, last_at_s: float | None = None) -> Expectations:
            del last_at_s
            got = (Request("pressed", {"Digits": keys}),) if keys else ()
            return noun.asks(*got, Request("next", COMPLETED))

        then = {
            "number": '<Gather action="pressed" finishOnKey="" timeout="3"/>',
            "pressed": "<Play>/silence/2</Play>",
        }
    return (
        noun.row("sendDigits", Case.ABSENT, "", "no keys", pressed(""), then=then, stays_s=6),
        noun.row(
            "sendDigits",
            Case.GIVEN,
            'sendDigits="1w2WW3"',
            "w and W wait",
            pressed("123", 2.9),
            then=then,
            stays_s=6,
        ),
        noun.row(
            "sendDigits",
            Case.LIMIT,
            'sendDigits="0123456789*#"',
            "every key of a phone",
            pressed("0123456789*#"),
            then=then,
            stays_s=6,
        ),
        noun.row(
            "sendDigits",
            Case.BAD,
            'sendDigits="12x"',
            "is refused, no keys instead",
            pressed(""),
            Note(noun.bad_keys),
            then=then,
            stays_s=6,
        ),
    )


_HUMAN: Final = "Hello"
_MACHINE: Final = "Hi, you have reached Anna, please leave a message after the beep"
_TALKER: Final = "I would like to know when the shop opens tomorrow"
_STAYS_S: Final = 8.0
"""Longer than any verdict takes here."""


def detection_rows(noun: Noun) -> tuple[Row, ...]:
    """`machineDetection` and what goes with it: who answered is told while the two talk."""
    on = 'machineDetection="Enable" amdStatusCallback="news"'

    def one(
        attribute: str,
        case: Case,
        written: str,
        shows: str,
        *notes: Note,
        says: str = "",
        told: str | None = "unknown",
        after_ms: int | None = None,
        method: str = "POST",
    ) -> Row:
        """says: what the callee does; "" is silent. told: AnsweredBy; None: nobody is told."""
        duration = ANY if after_ms is None else str(after_ms)
        sids = {"CallSid": ANY, "AccountSid": ANY}
        has: Parameters = {**sids, "AnsweredBy": told or "", "MachineDetectionDuration": duration}
        bob, then = None, None
        if noun.has_phone:
            bob = Callee(does=(Wait(0.4), Speak(says)) if says else (), stays_s=_STAYS_S)
        else:
            speaks = f"<Say>{says}.</Say>" if says else ""
            then = {"number": f"{speaks}<Play>/silence/{_STAYS_S:g}</Play>"}
        news = [] if told is None else [has]
        return noun.row(
            attribute,
            case,
            written,
            shows,
            (*noun.done(), tells("news", *news, method=method)),
            *notes,
            bob=bob,
            then=then,
            lasts_s=12.0,
        )

    def unknown(attribute: str, case: Case, value: str, shows: str, after_ms: int, *notes: Note) -> Row:
        """Of a callee who says nothing."""
        written = f"{on} {value}"
        return one(attribute, case, written, shows, *notes, says="", told="unknown", after_ms=after_ms)

    threshold, end = "machineDetectionSpeechThreshold", "machineDetectionSpeechEndThreshold"
    return (
        one("machineDetection", Case.ABSENT, 'amdStatusCallback="news"', "nobody is told", told=None),
        one(
            "machineDetection",
            Case.GIVEN,
            on,
            "a person is told from a machine",
            says=_HUMAN,
            told="human",
        ),
        one(
            "machineDetection",
            Case.GIVEN,
            f"{on} ",
            "a machine is told from a person",
            says=_MACHINE,
            told="machine_start",
        ),
        one(
            "machineDetection",
            Case.GIVEN,
            'machineDetection="DetectMessageEnd" amdStatusCallback="news"',
            "the end of a machine's greeting is told",
            says=_MACHINE,
            told="machine_end_silence",
        ),
        one(
            "machineDetection",
            Case.BAD,
            'machineDetection="Guess" amdStatusCallback="news"',
            "is refused",
            Note(12200, says="one of"),
            told=None,
        ),
        unknown("machineDetectionTimeout", Case.ABSENT, "", "silence ends it before thirty seconds do", 5000),
        unknown(
            "machineDetectionTimeout",
            Case.GIVEN,
            'machineDetectionTimeout="4" machineDetectionSilenceTimeout="10000"',
            "after four seconds it is unknown",
            4000,
        ),
        unknown(
            "machineDetectionTimeout",
            Case.LIMIT,
            'machineDetectionTimeout="3" machineDetectionSilenceTimeout="10000"',
            "three seconds are the least",
            3000,
        ),
        unknown(
            "machineDetectionTimeout",
            Case.BAD,
            'machineDetectionTimeout="2"',
            "is refused, thirty seconds instead",
            5000,
            Note(21263),
        ),
        one(threshold, Case.ABSENT, on, "a short greeting is a person's", says=_HUMAN, told="human"),
        one(
            threshold,
            Case.GIVEN,
            f'{on} {threshold}="1200"',
            "a sentence longer than 1.2 s is a machine's",
            says=_TALKER,
            told="machine_start",
        ),
        one(
            threshold,
            Case.LIMIT,
            f'{on} {threshold}="6001"',
            "up to six seconds are a person's",
            says=_TALKER,
            told="human",
        ),
        one(threshold, Case.BAD, f'{on} {threshold}="999"', "is refused, 2.4 s instead", Note(21263)),
        one(end, Case.ABSENT, on, "the default"),
        one(
            end,
            Case.GIVEN,
            f'{on} {end}="2000"',
            "two seconds of silence end it",
            says=_HUMAN,
            told="human",
        ),
        one(end, Case.LIMIT, f'{on} {end}="500"', "half a second is accepted"),
        one(end, Case.BAD, f'{on} {end}="499"', "is refused, 1.2 s instead", Note(21263)),
        unknown(
            "machineDetectionSilenceTimeout", Case.ABSENT, " ", "five seconds of silence are unknown", 5000
        ),
        unknown(
            "machineDetectionSilenceTimeout",
            Case.GIVEN,
            'machineDetectionSilenceTimeout="3000"',
            "three seconds",
            3000,
        ),
        unknown(
            "machineDetectionSilenceTimeout",
            Case.LIMIT,
            'machineDetectionSilenceTimeout="2000"',
            "two seconds are the least",
            2000,
        ),
        unknown(
            "machineDetectionSilenceTimeout",
            Case.BAD,
            'machineDetectionSilenceTimeout="1999"',
            "is refused, five seconds instead",
            5000,
            Note(21263),
        ),
        one(
            "amdStatusCallback",
            Case.ABSENT,
            'machineDetection="Enable"',
            "is noted, and nobody is told",
            Note(21262),
            told=None,
        ),
        one("amdStatusCallback", Case.GIVEN, on, "is told once"),
        one(
            "amdStatusCallback",
            Case.BAD,
            'machineDetection="Enable" amdStatusCallback="ftp://files.test/"',
            "is noted, and nobody is told",
            Note(11100, level=Level.ERROR),
            Note(21262),
            told=None,
        ),
        one("amdStatusCallbackMethod", Case.ABSENT, on, "POST"),
        one(
            "amdStatusCallbackMethod", Case.GIVEN, f'{on} amdStatusCallbackMethod="GET"', "GET", method="GET"
        ),
        one(
            "amdStatusCallbackMethod",
            Case.BAD,
            f'{on} amdStatusCallbackMethod="PUT"',
            "is refused, POST instead",
            Note(12200),
        ),
    )
