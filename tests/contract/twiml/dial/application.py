"""`<Application>`, and what its document tells the Dial (reference/twiml 6.8)."""

from collections.abc import Mapping
from typing import Final

from tests.contract.twiml.dial.attributes import AFTER
from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectations,
    Parameters,
    Request,
    Seconds,
    Tells,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import WORKS, Case, Level, Note, Row, State

SAYS: Final = "<Play>/tone/440/2</Play>"
HEARD: Final[Parameters] = {
    "DialCallStatus": "completed",
    "DialBridged": "true",
    "DialCallSid": ANY,
    "DialCallDuration": Seconds(2),
}
SID: Final = "<ApplicationSid>{application}</ApplicationSid>"


def _application(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    inside: str = SID,
    verb: str = "Application",
    then: Mapping[str, str] | None = None,
    dial: str = 'action="next" answerOnBridge="true"',
    state: State = WORKS,
) -> Row:
    """A Dial to the row's application, which makes a tone of two seconds, and a tone after it."""
    return Row(
        verb=verb,
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Dial {dial}><Application {written}>{inside}</Application></Dial>{AFTER}",
        expect=expect,
        application=True,
        then={"application": SAYS, **(then or {})},
        notes=notes,
        state=state,
    )


def _told(application: Parameters, served: Parameters = HEARD, *between: Request) -> Expectations:
    """The application is told this, the action that; the caller hears the application."""
    asked = Request("application", {"Direction": "inbound", "CallStatus": "ringing", **application})
    return (asks(asked, *between, Request("next", served)), hears(tone(0, 2, 440)), Ends(2))


_FAILS: Final = (asks(Request("next", {"DialCallStatus": "failed", "DialBridged": "false"})), Ends())


_NOUN: Final = (
    _application(
        "content",
        Case.GIVEN,
        "",
        "the application answers, and the caller hears it",
        _told({"ApplicationSid": ANY, "To": ANY, "ParentCallSid": ABSENT}),
    ),
    _application("content", Case.GIVEN, "", "the Sid as text", _told({}), inside="{application}"),
    _application("content", Case.ABSENT, "", "without a Sid the Dial fails", _FAILS, Note(12200), inside=""),
    _application(
        "content", Case.BAD, "", "what is no Sid fails", _FAILS, Note(12200), inside="AP and some digits"
    ),
    _application(
        "content",
        Case.BAD,
        "",
        "an application that the account does not have fails",
        _FAILS,
        Note(21218, at=None, level=Level.ERROR),
        inside=f"AP{'0' * 32}",
    ),
    _application("customerId", Case.ABSENT, "", "the Sid of the account", _told({"CustomerId": ANY})),
    _application("customerId", Case.GIVEN, 'customerId="cust-7"', "is told", _told({"CustomerId": "cust-7"})),
    _application(
        "customerId",
        Case.LIMIT,
        f'customerId="{"c" * 256}"',
        "of 256 characters",
        _told({"CustomerId": "c" * 256}),
    ),
    _application(
        "customerId",
        Case.BAD,
        f'customerId="{"c" * 257}"',
        "of 257 characters is none",
        _told({"CustomerId": ANY}),
        Note(12200),
    ),
    _application("copyParentTo", Case.ABSENT, "", "To is the application's Sid", _told({"To": ANY})),
    _application(
        "copyParentTo",
        Case.GIVEN,
        'copyParentTo="true"',
        "To is whom the caller called",
        _told({"Called": ANY}),
    ),
    _application("copyParentTo", Case.BAD, 'copyParentTo="x"', "is refused", _told({}), Note(12200)),
    _application("url", Case.ABSENT, "", "it is heard at once", _told({})),
    _application(
        "url",
        Case.GIVEN,
        'url="before"',
        "is run on the dialled side, before the two are bridged",
        _told({}, HEARD, Request("before", {"Direction": "outbound-dial", "ParentCallSid": ANY})),
        then={
            "before": "",
        },
    ),
    _application(
        "method",
        Case.ABSENT,
        'url="before"',
        "POST",
        _told({}, HEARD, Request("before")),
        then={"before": ""},
    ),
    _application(
        "method",
        Case.GIVEN,
        'url="before" method="GET"',
        "GET",
        _told({}, HEARD, Request("before", {}, "GET")),
        then={"before": ""},
    ),
    _application("method", Case.BAD, 'method="PUT"', "is refused", _told({}), Note(12200)),
    _application("statusCallback", Case.ABSENT, "", "nobody is told", _told({})),
    _application(
        "statusCallback",
        Case.GIVEN,
        'statusCallback="news"',
        "is told the end of the dialled call",
        (*_told({}), Tells("news", (Request("news", {"CallStatus": "completed"}),))),
    ),
    _application(
        "statusCallback",
        Case.BAD,
        'statusCallback="http://"',
        "what is no web address is told nothing",
        _told({}),
        Note(11100, level=Level.ERROR),
    ),
    _application(
        "statusCallbackMethod",
        Case.ABSENT,
        'statusCallback="news"',
        "POST",
        (*_told({}), Tells("news", (Request("news"),))),
    ),
    _application(
        "statusCallbackMethod",
        Case.GIVEN,
        'statusCallback="news" statusCallbackMethod="GET"',
        "GET",
        (*_told({}), Tells("news", (Request("news", {}, "GET"),))),
    ),
    _application(
        "statusCallbackMethod", Case.BAD, 'statusCallbackMethod="PUT"', "is refused", _told({}), Note(12200)
    ),
    _application(
        "statusCallbackEvent",
        Case.ABSENT,
        'statusCallback="news"',
        "the end",
        (*_told({}), Tells("news", (Request("news", {"CallbackSource": ANY}),))),
    ),
    _application(
        "statusCallbackEvent",
        Case.GIVEN,
        'statusCallback="news" statusCallbackEvent="answered"',
        "the answer",
        (*_told({}), Tells("news", (Request("news", {"CallStatus": "in-progress"}),))),
    ),
    _application(
        "statusCallbackEvent", Case.BAD, 'statusCallbackEvent="sung"', "is refused", _told({}), Note(12200)
    ),
)

_PARAMETERS: Final = (
    _application(
        "content",
        Case.GIVEN,
        "",
        "its parameters are told with Param_ before their names",
        _told({"Param_order": "17", "Param_tier": "gold"}),
        inside=f'{SID}<Parameter name="order" value="17"/><Parameter name="tier" value="gold"/>',
    ),
    _application(
        "content",
        Case.BAD,
        "",
        "a parameter without a name is skipped",
        _told({"Param_": ABSENT}),
        Note(12200, at="<Parameter"),
        inside=f'{SID}<Parameter value="17"/>',
    ),
)


def _back(element: str, document: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    """What is inside an element of the application's document comes to the action of the Dial."""
    then = {"application": document}
    return _application("content", Case.GIVEN, "", shows, expect, *notes, verb=element, then=then)


_TOTAL: Final = '<Parameter name="total" value="42"/>'
_BACK: Final[Parameters] = {**HEARD, "Param_total": "42"}
_REJECTED: Final[Parameters] = {"DialCallStatus": "busy", "DialBridged": "false", "Param_total": "42"}

GIVEN_BACK: Final = (
    _back(
        "Hangup",
        f"{SAYS}<Hangup>{_TOTAL}</Hangup>",
        "its parameters are told to the Dial of an application, with Param_ before their names",
        _told({}, _BACK),
    ),
    _back(
        "Leave",
        f"{SAYS}<Leave>{_TOTAL}</Leave>{SAYS}",
        "it ends an application that a Dial called, and its parameters are told to the Dial",
        _told({}, _BACK),
    ),
    _back(
        "Reject",
        f'<Reject reason="busy">{_TOTAL}</Reject>',
        "its parameters are told to the Dial of an application",
        (asks(Request("application"), Request("next", _REJECTED)), Ends()),
        Note(34002, at=None, level=Level.ERROR),
    ),
)

ROWS: Final = (*_NOUN, *_PARAMETERS)
