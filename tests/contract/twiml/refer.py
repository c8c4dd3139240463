"""`<Refer>`: what the phone is asked, what the action is told (reference/twiml 3.4, sip-interface 6.1)."""

from collections.abc import Mapping
from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    Ends,
    Expectations,
    IsReferred,
    Parameters,
    Request,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Caller, Case, Level, Note, Row
from tests.support.transferee import Says

CAROL: Final = "sip:carol@callee.test"
SIP: Final = f"<Sip>{CAROL}</Sip>"
AFTER: Final = "<Play>/tone/620/1</Play>"
ANSWERED: Final = Says(tells=(180, 200), hangs_up=True)
BUSY: Final = Says(tells=(180, 486))
IN_PROGRESS: Final[Parameters] = {
    "ReferCallStatus": "in-progress",
    "ReferSipResponseCode": "202",
    "NotifySipResponseCode": "200",
}
IS_BUSY: Final[Parameters] = {
    "ReferCallStatus": "busy",
    "ReferSipResponseCode": "202",
    "NotifySipResponseCode": "486",
}
FAILED: Final[Parameters] = {"ReferCallStatus": "failed", "NotifySipResponseCode": ABSENT}


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    inside: str = SIP,
    says: Says = BUSY,
    then: Mapping[str, str] | None = None,
    document: str = "",
) -> Row:
    return Row(
        verb="Refer",
        attribute=attribute,
        case=case,
        shows=shows,
        document=document or f"<Refer {written}>{inside}</Refer>{AFTER}",
        expect=expect,
        caller=Caller(follows=says),
        then=then or {},
        notes=notes,
    )


def _told(parameters: Parameters, method: str = "POST") -> Expectations:
    return (asks(Request("next", parameters, method)), Ends())


def _referred_to(target: str) -> Expectations:
    return (IsReferred(f"<{target}>"), asks(), hears(tone(1, 1, 620)), Ends())


NEXT: Final = 'action="next"'

ROWS: Final = (
    _row("action", Case.ABSENT, "", "nobody is told, the next verb follows", _referred_to(CAROL)),
    _row(
        "action",
        Case.GIVEN,
        NEXT,
        "the target answered: told although the phone hangs up at once",
        (asks(Request("next", IN_PROGRESS)), Ends(by_caller=True)),
        says=ANSWERED,
    ),
    _row("action", Case.GIVEN, NEXT, "the target is busy", _told(IS_BUSY)),
    _row(
        "action",
        Case.GIVEN,
        NEXT,
        "the phone refuses",
        _told({**FAILED, "ReferSipResponseCode": "405"}),
        Note(32011, at=None),
        says=Says(405),
    ),
    _row(
        "action",
        Case.BAD,
        'action="ftp://files.test/"',
        "is noted, and fails",
        (asks(), Ends()),
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    _row("method", Case.ABSENT, NEXT, "POST", _told(IS_BUSY)),
    _row("method", Case.GIVEN, f'{NEXT} method="GET"', "GET", _told(IS_BUSY, "GET")),
    _row("method", Case.BAD, f'{NEXT} method="PUT"', "POST", _told(IS_BUSY), Note(12200)),
    _row(
        "content",
        Case.ABSENT,
        NEXT,
        "there is nobody to call",
        _told({**FAILED, "ReferSipResponseCode": ABSENT}),
        Note(13243),
        inside="",
    ),
    _row(
        "content",
        Case.GIVEN,
        "",
        "headers of any name go into Refer-To as they are written",
        _referred_to(f"{CAROL};transport=tcp?Subject=a%2Cb&X-Case=42"),
        inside=f"<Sip>{CAROL};transport=tcp?Subject=a%2Cb&amp;X-Case=42</Sip>",
    ),
    _row(
        "content",
        Case.BAD,
        "",
        "a header that would begin another one is left out",
        _referred_to(f"{CAROL}?X-Case=42"),
        Note(32112, at="<Sip>"),
        inside=f"<Sip>{CAROL}?X-A=1%0D%0AX-B:%202&amp;X-Case=42</Sip>",
    ),
    _row(
        "content",
        Case.BAD,
        NEXT,
        "what is no SIP URI fails",
        _told({**FAILED, "ReferSipResponseCode": ABSENT}),
        Note(13243, at="<Sip>"),
        inside="<Sip>tel:+15550100200</Sip>",
    ),
)
