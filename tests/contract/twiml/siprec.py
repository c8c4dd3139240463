"""The noun `<Siprec>` below Start (reference/twiml 8.2)."""

from typing import Final

from tests.contract.twiml.connecting import AFTER, LONG, NO_SUCH, row_of
from tests.contract.twiml.expectation import ANY, Expectation, Parameters, asks, hears, tells, tone
from tests.contract.twiml.row import Case, Level, Note, Row, part

NO_SERVER: Final = part("there is no recording server in these rows: `tests/peers/test_siprec.py` has one")
LOST: Final[Parameters] = {"SiprecEvent": "siprec-error", "SiprecErrorCode": "12400", "SiprecSid": ANY}
UNREACHED: Final = Note(12400, at=None, level=Level.ERROR, says="127.0.0.1:9")

FAR: Final = (UNREACHED,)
NO_CONNECTOR: Final = (Note(14300, level=Level.ERROR),)


def _siprec(
    attribute: str, case: Case, written: str, shows: str, *expect: Expectation, notes: tuple[Note, ...] = ()
) -> Row:
    document = f'<Start><Siprec {written}/></Start>{AFTER}<Pause length="1"/>'
    return row_of(
        "Siprec",
        attribute,
        case,
        shows,
        document,
        (asks(), hears(tone(0, 1, 620)), *expect),
        *notes,
        state=NO_SERVER,
    )


MAIN: Final = 'connectorName="main" statusCallback="news"'

ROWS: Final = (
    _siprec(
        "connectorName",
        Case.ABSENT,
        "",
        "is noted, the call goes on",
        notes=NO_CONNECTOR,
    ),
    _siprec("connectorName", Case.GIVEN, MAIN, "its server is called", tells("news", LOST), notes=FAR),
    _siprec(
        "connectorName",
        Case.BAD,
        'connectorName="nobody"',
        "is noted, the call goes on",
        notes=(Note(14300, at=None, level=Level.ERROR, says="nobody"),),
    ),
    _siprec("name", Case.ABSENT, MAIN, "the SiprecSid", tells("news", LOST), notes=FAR),
    _siprec(
        "name",
        Case.GIVEN,
        f'{MAIN} name="mine"',
        "is told",
        tells("news", {**LOST, "SiprecName": "mine"}),
        notes=FAR,
    ),
    _siprec(
        "name",
        Case.BAD,
        f'{MAIN} name="{LONG}"',
        "too long a one is none",
        tells("news", LOST),
        notes=(*NO_SUCH, UNREACHED),
    ),
    _siprec(
        "name",
        Case.LIMIT,
        f'{MAIN} name="{LONG[1:]}"',
        "256 characters are one",
        tells("news", {**LOST, "SiprecName": LONG[1:]}),
        notes=FAR,
    ),
    _siprec(
        "connectorName",
        Case.LIMIT,
        f'connectorName="{LONG[1:]}"',
        "256 characters are a name, though not one of the node's",
        notes=(Note(14300, at=None, level=Level.ERROR, says="no connector nnn"),),
    ),
    _siprec("track", Case.ABSENT, MAIN, "both", tells("news", LOST), notes=FAR),
    _siprec("track", Case.GIVEN, f'{MAIN} track="inbound_track"', "one", tells("news", LOST), notes=FAR),
    _siprec(
        "track",
        Case.BAD,
        f'{MAIN} track="inside"',
        "both",
        tells("news", LOST),
        notes=(Note(31941, level=Level.ERROR), UNREACHED),
    ),
    _siprec(
        "statusCallback",
        Case.ABSENT,
        'connectorName="main"',
        "nobody is told",
        tells("news"),
        notes=FAR,
    ),
    _siprec("statusCallback", Case.GIVEN, MAIN, "is told", tells("news", LOST), notes=FAR),
    _siprec(
        "statusCallback",
        Case.BAD,
        'connectorName="main" statusCallback="http://"',
        "nobody is told",
        notes=(Note(11100, level=Level.ERROR), UNREACHED),
    ),
    _siprec("statusCallbackMethod", Case.ABSENT, MAIN, "POST", tells("news", LOST), notes=FAR),
    _siprec(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{MAIN} statusCallbackMethod="GET"',
        "GET",
        tells("news", LOST, method="GET"),
        notes=FAR,
    ),
    _siprec(
        "statusCallbackMethod",
        Case.BAD,
        f'{MAIN} statusCallbackMethod="PUT"',
        "POST is used",
        tells("news", LOST),
        notes=(*NO_SUCH, UNREACHED),
    ),
)
