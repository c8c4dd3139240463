"""`<Number>`, and the plain text of a Dial: one of the node's own, and any other (reference/twiml 6.4)."""

from typing import Final

from tests.contract.twiml.dial.attributes import FAILED
from tests.contract.twiml.dial.noun import (
    COMPLETED,
    Noun,
    callback_rows,
    detection_rows,
    keys_rows,
    whisper_rows,
)
from tests.contract.twiml.expectation import ABSENT, ANY, Ends, Request, asks
from tests.contract.twiml.row import Case, Level, Note, Row

_CALLED: Final = Request("number", {"CallStatus": "ringing", "Direction": "inbound", "ParentCallSid": ABSENT})

NUMBER: Final = Noun(
    name="Number",
    content="{number}",
    bad_method=13221,
    bad_keys=13222,
    asks_first=(_CALLED,),
    then={"number": "<Play>/silence/3</Play>"},
)


_NO_TRUNK: Final = Note(32010, at=None, level=Level.ERROR)


def _text(case: Case, text: str, shows: str, *notes: Note, caller_id: str = "", calls: bool = False) -> Row:
    expect = NUMBER.done() if calls else (asks(Request("next", FAILED)), Ends())
    return NUMBER.row(
        "content",
        case,
        "",
        shows,
        expect,
        *notes,
        content=text,
        dial=f'action="next"{caller_id}',
    )


def _caller_id(case: Case, written: str, seen: str, shows: str, *notes: Note) -> Row:
    """Who calls, as the number's own application is told."""
    called = Request("number", {"From": seen, "Caller": seen, "CallStatus": "ringing"})
    return Row(
        verb="Number",
        attribute="callerId of its Dial",
        case=case,
        shows=shows,
        document=f'<Dial action="next" {written}><Number>{{number}}</Number></Dial>',
        then=NUMBER.then,
        expect=(asks(called, Request("next", COMPLETED)), Ends()),
        number=True,
        notes=notes,
    )


def _byoc(case: Case, written: str, shows: str, *notes: Note, calls: bool = True) -> Row:
    expect = NUMBER.done() if calls else (asks(Request("next", FAILED)), Ends())
    return NUMBER.row("byoc", case, written, shows, expect, *notes)


_ALICE: Final = "sip:alice@caller.test"

ROWS: Final = (
    _text(Case.GIVEN, "{number}", "a number of the node's own is called", calls=True),
    _text(
        Case.GIVEN,
        "(415) 555-1212",
        "another is a carrier's, where there is one",
        _NO_TRUNK,
    ),
    _text(Case.ABSENT, "", "nobody to call fails", Note(13223)),
    _text(Case.LIMIT, "+100", "three digits are the fewest", _NO_TRUNK),
    _text(Case.LIMIT, "+123456789012345", "fifteen are the most", _NO_TRUNK),
    _text(Case.BAD, "+1234567890123456", "sixteen are none", Note(13223)),
    _text(Case.BAD, "call me", "words are none", Note(13223)),
    Row(
        verb="Dial",
        attribute="content",
        case=Case.GIVEN,
        shows="a number as text is called as a Number",
        document='<Dial action="next">{number}</Dial>',
        then=NUMBER.then,
        expect=NUMBER.done({**COMPLETED, "DialSipCallId": ABSENT, "DialCallDuration": ANY}),
        number=True,
    ),
    _caller_id(Case.ABSENT, "", _ALICE, "the caller's own"),
    _caller_id(Case.GIVEN, 'callerId="{number}"', "{number}", "a number of the account"),
    _caller_id(
        Case.BAD,
        'callerId="(415) 555-1212"',
        _ALICE,
        "another is noted, the caller's own",
        Note(13214, at=None, says="+14155551212"),
    ),
    _caller_id(Case.BAD, 'callerId="two words"', _ALICE, "so are words", Note(13214, at="<Dial")),
    *whisper_rows(NUMBER),
    *callback_rows(NUMBER),
    *keys_rows(NUMBER),
    _byoc(Case.ABSENT, "", "the number is called"),
    _byoc(
        Case.GIVEN,
        f'byoc="BY{"0" * 32}"',
        "a trunk that there is not fails, own number or not",
        Note(21300, at=None, level=Level.ERROR),
        calls=False,
    ),
    _byoc(Case.BAD, 'byoc="trunk"', "is noted", Note(12200)),
    *detection_rows(NUMBER),
)
