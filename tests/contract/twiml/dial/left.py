"""`<Dial>`: what is read and checked, and not done, and the nouns that are not called (reference/twiml 6)."""

from typing import Final

from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.dial.attributes import NEXT, row, told
from tests.contract.twiml.expectation import Called, Ends, HearsSaid, asks
from tests.contract.twiml.row import Case, Does, Level, Note, Row, State, part

_LEFT: Final = part("is accepted, and left")
_NOT_SHOWN: Final = part("the callee is not told")


def _called(attribute: str, case: Case, written: str, shows: str, *notes: Note, state: State) -> Row:
    """The call goes on as without it."""
    expect = (*told(), Called("bob", headers={"Call-Info": None}))
    return row(attribute, case, f"{NEXT} {written}", shows, expect, *notes, state=state)


def _not_called(noun: str, written: str) -> Row:
    """A noun of Twilio's that is not called: nothing of its document is run."""
    return Row(
        verb=noun,
        attribute="any",
        case=Case.GIVEN,
        shows="as a noun its document fails, and says why",
        document=f'<Dial action="next">{written}</Dial>',
        expect=(asks(), HearsSaid(ERROR_SENTENCE), Ends()),
        notes=(Note(13750, level=Level.ERROR, says=f"<{noun}>"),),
        state=State(Does.REFUSED, "13750"),
    )


ROWS: Final = (
    _called("callReason", Case.ABSENT, "", "nothing is told", state=_NOT_SHOWN),
    _called("callReason", Case.GIVEN, 'callReason="Your parcel"', "is accepted", state=_NOT_SHOWN),
    _called("callReason", Case.LIMIT, f'callReason="{"a" * 50}"', "fifty characters", state=_NOT_SHOWN),
    _called(
        "callReason",
        Case.BAD,
        f'callReason="{"a" * 51}"',
        "fifty-one are noted",
        Note(12200),
        state=_NOT_SHOWN,
    ),
    _called("ifMachine", Case.ABSENT, "", "the call goes on", state=_LEFT),
    _called("ifMachine", Case.GIVEN, 'ifMachine="hangup"', "the call goes on", state=_LEFT),
    _called("ifMachine", Case.BAD, 'ifMachine="dance"', "is noted", Note(13211), state=_LEFT),
    _called("events", Case.ABSENT, "", "the call goes on", state=_LEFT),
    _called("passports", Case.ABSENT, "", "the call goes on", state=_LEFT),
    _called("events", Case.GIVEN, 'events="ringing"', "the call goes on", state=_LEFT),
    _called("passports", Case.GIVEN, 'passports="a"', "the call goes on", state=_LEFT),
)
