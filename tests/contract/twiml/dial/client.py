"""`<Client>`: a registered user of the account, and what its phone is told (reference/twiml 6.5)."""

from typing import Final

from tests.contract.twiml.dial.attributes import FAILED
from tests.contract.twiml.dial.noun import Noun, callback_rows, whisper_rows
from tests.contract.twiml.expectation import Called, Ends, Expectations, Request, asks, tells
from tests.contract.twiml.row import Callee, Case, Level, Note, Row, part

CLIENT: Final = Noun(
    name="Client",
    content="{bob:user}",
    bad_method=12200,
    callees={"bob": Callee(stays_s=2, is_registered=True)},
)

_CALLED: Final[Expectations] = (*CLIENT.done(), Called("bob"))
_NOT_CALLED: Final[Expectations] = (asks(Request("next", FAILED)), Ends(), Called("bob", times=0))


def _content(case: Case, text: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return CLIENT.row("content", case, "", shows, expect, *notes, content=text)


def _parameter(attribute: str, case: Case, written: str, shows: str, *notes: Note) -> Row:
    """A `<Parameter>` beside the identity; the phone rings."""
    return Row(
        verb="Parameter",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f'<Dial action="next"><Client>{_ME}<Parameter {written}/></Client></Dial>',
        expect=_CALLED,
        callees=CLIENT.callees,
        notes=notes,
        state=_NOT_TOLD,
    )


_NOT_TOLD: Final = part("the phone is not told")
_NO_PUSH: Final = part("there are no push notifications")
_ME: Final = "<Identity>{bob:user}</Identity>"
_LONG: Final = "v" * 499

ROWS: Final = (
    _content(Case.GIVEN, "{bob:user}", "the phone of that user rings", _CALLED),
    _content(Case.GIVEN, _ME, "so it does by Identity", _CALLED),
    _content(Case.GIVEN, "nobody-at-all", "who is not registered fails", _NOT_CALLED, Note(32009, at=None)),
    _content(Case.ABSENT, "", "nobody to call fails", _NOT_CALLED, Note(12200)),
    _content(Case.LIMIT, "a" * 256, "256 characters", _NOT_CALLED, Note(32009, at=None)),
    _content(Case.BAD, "a" * 257, "257 are no identity", _NOT_CALLED, Note(12200)),
    _content(Case.BAD, "two words", "a blank is none", _NOT_CALLED, Note(12200)),
    _content(
        Case.BAD, "{bob:user}" + _ME, "a second Identity is skipped", _CALLED, Note(12200, at="<Identity")
    ),
    *whisper_rows(CLIENT),
    *callback_rows(CLIENT),
    CLIENT.row("clientNotificationUrl", Case.ABSENT, "", "nobody is told", _CALLED, state=_NO_PUSH),
    CLIENT.row(
        "clientNotificationUrl",
        Case.GIVEN,
        'clientNotificationUrl="news"',
        "nobody is told",
        (*_CALLED, tells("news")),
        state=_NO_PUSH,
    ),
    CLIENT.row(
        "clientNotificationUrl",
        Case.BAD,
        'clientNotificationUrl="ftp://files.test/"',
        "is noted",
        _CALLED,
        Note(11100, level=Level.ERROR),
        state=_NO_PUSH,
    ),
    _parameter("name", Case.GIVEN, 'name="a" value="b"', "is accepted"),
    _parameter("name", Case.ABSENT, 'value="b"', "is noted", Note(12200)),
    _parameter("value", Case.ABSENT, 'name="a"', "is empty"),
    _parameter("value", Case.GIVEN, 'name="a" value="b"', "is accepted"),
    _parameter("value", Case.LIMIT, f'name="a" value="{_LONG}"', "500 characters"),
    _parameter("value", Case.BAD, f'name="a" value="{_LONG}v"', "501 are noted", Note(12200)),
)
