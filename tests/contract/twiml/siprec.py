"""The noun `<Siprec>` below Start, with a recording server that takes every session (reference/twiml 8.2)."""

from typing import Final

from tests.contract.twiml.connecting import AFTER, LONG, NO_SUCH, row_of
from tests.contract.twiml.expectation import (
    ANY,
    Expectation,
    Expectations,
    IsPassedOn,
    Parameters,
    asks,
    hears,
    tells,
    tone,
)
from tests.contract.twiml.row import Case, Level, Note, Row

BEGUN: Final[Parameters] = {"SiprecEvent": "siprec-started", "SiprecSid": ANY}
OVER: Final[Parameters] = {"SiprecEvent": "siprec-stopped", "SiprecSid": ANY}
LOST: Final[Parameters] = {"SiprecEvent": "siprec-error", "SiprecErrorCode": "12400", "SiprecSid": ANY}
REFUSED: Final[Parameters] = {"SiprecEvent": "siprec-error", "SiprecErrorCode": "14300", "SiprecSid": ANY}
UNREACHED: Final = Note(12400, at=None, level=Level.ERROR, says="127.0.0.1:9")
NO_CONNECTOR: Final = (Note(14300, level=Level.ERROR),)
RECORDS_IT: Final = tells("news", BEGUN, OVER)


def _siprec(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *expect: Expectation,
    notes: tuple[Note, ...] = (),
    labels: tuple[str, ...] = ("1", "2"),
) -> Row:
    """labels: of the streams that the recording server gets."""
    document = f'<Start><Siprec {written}/></Start>{AFTER}<Pause length="1"/>'
    expected: Expectations = (asks(), hears(tone(0, 1, 620)), IsPassedOn(labels), *expect)
    return row_of("Siprec", attribute, case, shows, document, expected, *notes)


MAIN: Final = 'connectorName="main" statusCallback="news"'

ROWS: Final = (
    _siprec("connectorName", Case.ABSENT, "", "is noted, the call goes on", notes=NO_CONNECTOR, labels=()),
    _siprec("connectorName", Case.GIVEN, MAIN, "its server records", RECORDS_IT),
    _siprec(
        "connectorName",
        Case.GIVEN,
        'connectorName="second" statusCallback="news"',
        "where its first server is dead the second records",
        RECORDS_IT,
    ),
    _siprec(
        "connectorName",
        Case.BAD,
        'connectorName="far" statusCallback="news"',
        "whose only server is dead: told, the call goes on",
        tells("news", LOST),
        notes=(UNREACHED,),
        labels=(),
    ),
    _siprec(
        "connectorName",
        Case.BAD,
        'connectorName="nobody" statusCallback="news"',
        "is noted and told, the call goes on",
        tells("news", REFUSED),
        notes=(Note(14300, at=None, level=Level.ERROR, says="nobody"),),
        labels=(),
    ),
    _siprec(
        "connectorName",
        Case.LIMIT,
        f'connectorName="{LONG[1:]}"',
        "256 characters are a name, though not one of the node's",
        notes=(Note(14300, at=None, level=Level.ERROR, says="no connector nnn"),),
        labels=(),
    ),
    _siprec("name", Case.ABSENT, MAIN, "the SiprecSid", RECORDS_IT),
    _siprec(
        "name",
        Case.GIVEN,
        f'{MAIN} name="mine"',
        "is told",
        tells("news", {**BEGUN, "SiprecName": "mine"}, {**OVER, "SiprecName": "mine"}),
    ),
    _siprec("name", Case.BAD, f'{MAIN} name="{LONG}"', "too long a one is none", RECORDS_IT, notes=NO_SUCH),
    _siprec(
        "name",
        Case.LIMIT,
        f'{MAIN} name="{LONG[1:]}"',
        "256 characters are one",
        tells("news", {**BEGUN, "SiprecName": LONG[1:]}, {**OVER, "SiprecName": LONG[1:]}),
    ),
    _siprec("track", Case.ABSENT, MAIN, "both", RECORDS_IT),
    _siprec(
        "track", Case.GIVEN, f'{MAIN} track="inbound_track"', "the caller alone", RECORDS_IT, labels=("1",)
    ),
    _siprec(
        "track",
        Case.GIVEN,
        f'{MAIN} track="outbound_track"',
        "what the caller hears",
        RECORDS_IT,
        labels=("2",),
    ),
    _siprec(
        "track",
        Case.BAD,
        f'{MAIN} track="inside"',
        "both",
        RECORDS_IT,
        notes=(Note(31941, level=Level.ERROR),),
    ),
    _siprec("statusCallback", Case.ABSENT, 'connectorName="main"', "nobody is told", tells("news")),
    _siprec("statusCallback", Case.GIVEN, MAIN, "is told", RECORDS_IT),
    _siprec(
        "statusCallback",
        Case.BAD,
        'connectorName="main" statusCallback="http://"',
        "nobody is told",
        notes=(Note(11100, level=Level.ERROR),),
    ),
    _siprec("statusCallbackMethod", Case.ABSENT, MAIN, "POST", RECORDS_IT),
    _siprec(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{MAIN} statusCallbackMethod="GET"',
        "GET",
        tells("news", BEGUN, OVER, method="GET"),
    ),
    _siprec(
        "statusCallbackMethod",
        Case.BAD,
        f'{MAIN} statusCallbackMethod="PUT"',
        "POST is used",
        RECORDS_IT,
        notes=NO_SUCH,
    ),
)
