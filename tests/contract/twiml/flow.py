"""`<Redirect>`, `<Hangup>` and `<Response>` itself: what follows what (reference/twiml 1.10, 3.3)."""

from collections.abc import Mapping
from typing import Final

from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.expectation import (
    AnswersAfter,
    Ends,
    Expectations,
    HearsSaid,
    Request,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Case, Does, Level, Note, Row, State

BEEP: Final = "<Play>/tone/440/1</Play>"
NEVER: Final = "<Play>/tone/620/1</Play>"


def _redirect(
    attribute: str,
    case: Case,
    redirect: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    then: Mapping[str, str] | None = None,
) -> Row:
    return Row(
        verb="Redirect",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"{redirect}{NEVER}",
        then=then or {"next": BEEP},
        expect=expect,
        notes=notes,
    )


def _goes_to(path: str, method: str = "POST") -> Expectations:
    """The document there is run, and nothing of the first one."""
    return (asks(Request(path, {"CallStatus": "ringing"}, method)), hears(tone(0, 1, 440)), Ends(1))


_REDIRECT: Final = (
    _redirect("method", Case.ABSENT, "<Redirect>next</Redirect>", "POST", _goes_to("next")),
    _redirect(
        "method",
        Case.GIVEN,
        '<Redirect method="GET">next</Redirect>',
        "GET has the parameters in its query",
        _goes_to("next", "GET"),
    ),
    _redirect(
        "method",
        Case.LIMIT,
        '<Redirect method="get">next</Redirect>',
        "in any case of letters",
        _goes_to("next", "GET"),
    ),
    _redirect(
        "method",
        Case.BAD,
        '<Redirect method="PUT">next</Redirect>',
        "another is refused, POST instead",
        _goes_to("next"),
        Note(13710),
    ),
    _redirect(
        "content",
        Case.ABSENT,
        "<Redirect/>",
        "empty is this document again",
        _goes_to("voice"),
        then={"voice 2": BEEP},
    ),
    _redirect(
        "content",
        Case.GIVEN,
        '<Pause length="1"/><Redirect>next</Redirect>',
        "it rings on until a verb answers",
        (asks(Request("next", {"CallStatus": "ringing"})), AnswersAfter(1), hears(tone(0, 1, 440)), Ends(1)),
    ),
    _redirect(
        "content",
        Case.BAD,
        "<Redirect>http://</Redirect>",
        "what is no web address ends the document when it is reached",
        (asks(), HearsSaid(ERROR_SENTENCE), Ends()),
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
)

_HANGUP: Final = (
    Row(
        verb="Hangup",
        attribute="content",
        case=Case.ABSENT,
        shows="as the first verb it answers, and ends the call",
        document=f"<Hangup/>{NEVER}",
        expect=(asks(), hears(), Ends(0)),
    ),
    Row(
        verb="Hangup",
        attribute="content",
        case=Case.BAD,
        shows="what is inside is skipped",
        document=f"{BEEP}<Hangup>{NEVER}</Hangup>{NEVER}",
        expect=(asks(), hears(tone(0, 1, 440)), Ends(1)),
        notes=(Note(12200, at=NEVER),),
    ),
    Row(
        verb="Hangup",
        attribute="any",
        case=Case.BAD,
        shows="it has no attributes",
        document=f'{BEEP}<Hangup reason="busy"/>{NEVER}',
        expect=(asks(), hears(tone(0, 1, 440)), Ends(1)),
        notes=(Note(12200, says="reason"),),
    ),
)


def _response(case: Case, document: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return Row(
        verb="Response",
        attribute="content",
        case=case,
        shows=shows,
        document=document,
        expect=(asks(), *expect),
        notes=notes,
    )


def _version(case: Case, root: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return Row(
        verb="Response",
        attribute="version",
        case=case,
        shows=shows,
        document=BEEP,
        root=root,
        expect=(asks(), *expect),
        notes=notes,
    )


def _not_run(verb: str, written: str) -> Row:
    """A verb of Twilio's that is not run: nothing of its document is."""
    return Row(
        verb=verb,
        attribute="any",
        case=Case.GIVEN,
        shows="the document fails, and says why",
        document=f"{BEEP}{written}",
        expect=(asks(), HearsSaid(ERROR_SENTENCE), Ends()),
        notes=(Note(13750, level=Level.ERROR, says=f"<{verb}>"),),
        state=State(Does.REFUSED, "13750"),
    )


def _of_bytes(size: int) -> str:
    """What stands inside a whole document of this size."""
    comment = "a" * (size - len(f"<Response>{BEEP}<!----></Response>"))
    return f"{BEEP}<!--{comment}-->"


_RESPONSE: Final = (
    _response(Case.ABSENT, "", "an empty one answers, and ends the call", (hears(), Ends(0))),
    _response(
        Case.BAD,
        f"<say>Hello.</say>{BEEP}",
        "an unknown verb is skipped",
        (hears(tone(0, 1, 440)), Ends(1)),
        Note(12200, at="<say", says="did you mean <Say>"),
    ),
    _response(
        Case.BAD,
        f"{BEEP}<Play>",
        "what is no XML ends the call with the error sentence",
        (HearsSaid(ERROR_SENTENCE), Ends()),
        Note(12100, at=None, level=Level.ERROR),
    ),
    _response(
        Case.LIMIT,
        _of_bytes(64 * 1024),
        "64 kB are run",
        (hears(tone(0, 1, 440)), Ends(1)),
    ),
    _response(
        Case.BAD,
        _of_bytes(64 * 1024 + 1),
        "a byte more ends the call with the error sentence",
        (HearsSaid(ERROR_SENTENCE), Ends()),
        Note(11750, at=None, level=Level.ERROR),
    ),
    _response(
        Case.BAD,
        BEEP + "<Say>" * 40 + "</Say>" * 40,
        "elements nested deeper than 32 end the call with the error sentence",
        (HearsSaid(ERROR_SENTENCE), Ends()),
        Note(12100, at=None, level=Level.ERROR, says="deeper than 32"),
    ),
    _response(
        Case.BAD,
        BEEP + "<Pause " + " ".join(f'a{number}=""' for number in range(65)) + "/>",
        "an element of more than 64 attributes ends the call with the error sentence",
        (HearsSaid(ERROR_SENTENCE), Ends()),
        Note(12100, at=None, level=Level.ERROR, says="more than 64 attributes"),
    ),
    _response(
        Case.BAD,
        f"Hello.{BEEP}",
        "text beside the verbs is ignored",
        (hears(tone(0, 1, 440)), Ends(1)),
        Note(12200, at=None),
    ),
)

_VERSION: Final = (
    _version(Case.ABSENT, "", "2010-04-01", (hears(tone(0, 1, 440)), Ends(1))),
    _version(Case.GIVEN, ' version="2010-04-01"', "is run", (hears(tone(0, 1, 440)), Ends(1))),
    _version(
        Case.BAD,
        ' version="2008-08-01"',
        "another ends the call with the error sentence",
        (HearsSaid(ERROR_SENTENCE), Ends()),
        Note(12101, level=Level.ERROR),
    ),
)

NOT_RUN: Final = (_not_run("Queue", "<Queue>support</Queue>"),)

ROWS: Final = (*_RESPONSE, *_VERSION, *_REDIRECT, *_HANGUP)
