"""`<Sip>`: the URI, its headers, its login, and `<Uri>` and `<Header>` (reference/twiml 6.6)."""

from typing import Final

from tests.contract.twiml.dial.attributes import BUSY_NOTE, FAILED
from tests.contract.twiml.dial.noun import (
    ANSWERING,
    COMPLETED,
    WHISPER,
    Noun,
    callback_rows,
    detection_rows,
    keys_rows,
    whisper_rows,
)
from tests.contract.twiml.expectation import ABSENT, ANY, Called, Ends, Expectations, Request, asks
from tests.contract.twiml.row import WORKS, Callee, Case, Note, Row, State

SIP: Final = Noun(name="Sip", content="{bob}", bad_method=13241, bad_keys=13242, callees={"bob": ANSWERING})

PASSWORD: Final = "Correct-Horse-7"
_LOCKED: Final = Callee(stays_s=2, password=PASSWORD)
_LOGIN: Final = f'username="callee" password="{PASSWORD}"'


def _content(
    case: Case, text: str, shows: str, expect: Expectations, *notes: Note, state: State = WORKS
) -> Row:
    return SIP.row("content", case, "", shows, expect, *notes, content=text, state=state)


def _header(case: Case, written: str, shows: str, headers: dict[str, str | None], *notes: Note) -> Row:
    """Headers behind the question mark."""
    return _content(case, f"{{bob}}?{written}", shows, (*SIP.done(), Called("bob", headers=headers)), *notes)


_FAILED: Final[Expectations] = (
    asks(Request("next", {**FAILED, "DialCallSid": ABSENT})),
    Ends(),
    Called("bob", times=0),
)

_URI: Final = (
    _content(Case.GIVEN, "{bob}", "is called", (*SIP.done(), Called("bob"))),
    _content(
        Case.GIVEN,
        "{bob};transport=udp;edge=tokyo;region=jp1",
        "edge and region do nothing",
        (*SIP.done(), Called("bob")),
    ),
    _content(Case.ABSENT, "", "nobody to call fails", _FAILED, Note(13243)),
    _content(Case.BAD, "tel:+15550100200", "another scheme fails", _FAILED, Note(13243)),
    _content(Case.BAD, f"sip:{'a' * 255}@callee.test", "255 characters are too many", _FAILED, Note(13243)),
    _content(
        Case.BAD,
        "{bob};transport=pigeon",
        "another transport is left out",
        (*SIP.done(), Called("bob")),
        Note(32114),
    ),
    _content(
        Case.BAD,
        "sip:bob@nowhere.invalid",
        "a host that leads nowhere fails",
        (asks(Request("next", FAILED)), Ends()),
        Note(13254, at=None),
    ),
    _content(
        Case.GIVEN,
        "{bob};secure=true",
        "goes over TLS, which this phone does not speak",
        (asks(Request("next", {**FAILED, "DialSipResponseCode": "503"})), Ends()),
        Note(32011, at=None),
    ),
    _header(
        Case.GIVEN,
        "X-Order=7&amp;x-city=New%20York",
        "headers are sent, decoded",
        {"X-Order": "7", "x-city": "New York"},
    ),
    _header(
        Case.GIVEN,
        "User-to-User=00a1%3Bencoding%3Dhex",
        "User-to-User too",
        {"User-to-User": "00a1;encoding=hex"},
    ),
    _header(
        Case.GIVEN,
        "remote-party-id=%3Csip:a%40b%3E;party=calling&amp;P-Preferred-Identity=c&amp;P-Called-Party-ID=d",
        "and the three others without X-",
        {
            "Remote-Party-ID": "<sip:a@b>;party=calling",
            "P-Preferred-Identity": "c",
            "P-Called-Party-ID": "d",
        },
    ),
    _header(Case.LIMIT, f"X-A={'a' * 1019}", "1,023 characters", {"X-A": "a" * 1019}),
    _header(Case.BAD, f"X-A={'a' * 1020}", "1,024 are too many", {"X-A": None}, Note(13253)),
    _header(
        Case.BAD, "Subject=Hello&amp;X-A=1", "others are left out", {"Subject": None, "X-A": "1"}, Note(32113)
    ),
    _header(
        Case.BAD, "X-A=1%0D%0AVia:%20x&amp;X-B=2", "so are line ends", {"X-A": None, "X-B": "2"}, Note(32112)
    ),
    _header(Case.BAD, "X%20A=1&amp;X-B=2", "so is a bad name", {"X-B": "2"}, Note(32111)),
)

_ROOM: Final = (("X-Room", "7"),)

_ANSWERS: Final = (
    SIP.row(
        "content",
        Case.GIVEN,
        "",
        "the action is told the headers of the answer",
        SIP.done({**COMPLETED, "DialSipHeader_X-Room": "7"}),
        bob=Callee(stays_s=2, headers=_ROOM),
    ),
    SIP.row(
        "content",
        Case.GIVEN,
        "",
        "and those of a refusal",
        (asks(Request("next", {"DialCallStatus": "failed", "DialSipHeader_X-Room": "7"})), Ends()),
        bob=Callee(status=404, headers=_ROOM),
    ),
    SIP.row(
        "url",
        Case.GIVEN,
        'url="whisper"',
        "the whisper is told the headers of the answer",
        SIP.asks(
            Request("whisper", {"SipHeader_X-Room": "7", "SipCallId": ANY, "SipSourceIp": "127.0.0.1"}),
            Request("next", COMPLETED),
        ),
        then={"whisper": WHISPER},
        bob=Callee(stays_s=2, headers=_ROOM),
    ),
)

_REFUSED: Final = Request("next", {**FAILED, "DialSipResponseCode": "401"})


def _login(
    attribute: str, case: Case, written: str, shows: str, *notes: Note, is_let_in: bool = False
) -> Row:
    expect = (*SIP.done(), Called("bob")) if is_let_in else (asks(_REFUSED), Ends(), Called("bob", times=0))
    return SIP.row(attribute, case, written, shows, expect, *notes, bob=_LOCKED)


_NOT_LET_IN: Final = Note(32011, at=None)

_LOGINS: Final = (
    _login("username", Case.ABSENT, "", "a challenge is the end", _NOT_LET_IN),
    _login("username", Case.GIVEN, _LOGIN, "a challenge is answered", is_let_in=True),
    _login(
        "username",
        Case.GIVEN,
        f'username="other" password="{PASSWORD}"',
        "another user's is refused",
        _NOT_LET_IN,
    ),
    _login(
        "username",
        Case.BAD,
        f'username="a&quot;b" password="{PASSWORD}"',
        "is ignored, and the password",
        Note(13249),
        Note(13249),
        _NOT_LET_IN,
    ),
    _login(
        "username",
        Case.LIMIT,
        f'username="{"a" * 255}" password="{PASSWORD}"',
        "255 characters are tried",
        _NOT_LET_IN,
    ),
    _login("password", Case.ABSENT, 'username="callee"', "an empty one is tried", _NOT_LET_IN),
    _login("password", Case.GIVEN, _LOGIN, "a challenge is answered", is_let_in=True),
    _login(
        "password", Case.GIVEN, 'username="callee" password="wrong"', "a wrong one is refused", _NOT_LET_IN
    ),
    _login(
        "password",
        Case.LIMIT,
        f'username="callee" password="{"a" * 255}"',
        "255 characters are tried",
        _NOT_LET_IN,
    ),
    _login(
        "password",
        Case.BAD,
        f'password="{PASSWORD}"',
        "without a username it is noted",
        Note(13249),
        _NOT_LET_IN,
    ),
    _login(
        "password",
        Case.BAD,
        f'username="callee" password="{"a" * 256}"',
        "256 characters are ignored",
        Note(13249),
        _NOT_LET_IN,
    ),
)


def _uri(attribute: str, case: Case, uris: str, shows: str, *notes: Note, ann: int, bob: int = 0) -> Row:
    """ann, bob: how often each is called."""
    return Row(
        verb="Uri",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f'<Dial action="next"><Sip>{uris}</Sip></Dial>',
        expect=(asks(Request("next", COMPLETED)), Ends(), Called("ann", times=ann), Called("bob", times=bob)),
        callees={"ann": ANSWERING, "bob": ANSWERING},
        notes=notes,
    )


_ONE_THEN_THE_OTHER: Final = (
    '<Dial action="next"><Sip><Uri priority="1">{ann}</Uri><Uri priority="2">{bob}</Uri></Sip></Dial>'
)
_NEXT_URI: Final = Row(
    verb="Uri",
    attribute="priority",
    case=Case.GIVEN,
    shows="after one that fails the next is tried",
    document=_ONE_THEN_THE_OTHER,
    expect=(asks(Request("next", COMPLETED)), Ends(), Called("ann"), Called("bob")),
    callees={"ann": Callee(status=503), "bob": ANSWERING},
    notes=(Note(32011, at=None),),
)
_FINAL_URI: Final = Row(
    verb="Uri",
    attribute="priority",
    case=Case.GIVEN,
    shows="after one that is busy none is tried",
    document=_ONE_THEN_THE_OTHER,
    expect=(asks(Request("next", {"DialCallStatus": "busy"})), Ends(), Called("ann"), Called("bob", times=0)),
    callees={"ann": Callee(status=486), "bob": ANSWERING},
    notes=(BUSY_NOTE,),
)


def _login_of_uri(attribute: str) -> tuple[Row, ...]:
    """ann lets nobody in without the login."""

    def one(case: Case, sip: str, uri: str, shows: str, *notes: Note, is_let_in: bool = True) -> Row:
        expect = (*SIP.done(), Called("ann")) if is_let_in else (asks(_REFUSED), Ends())
        return Row(
            verb="Uri",
            attribute=attribute,
            case=case,
            shows=shows,
            document=f'<Dial action="next"><Sip {sip}><Uri {uri}>{{ann}}</Uri></Sip></Dial>',
            expect=expect,
            callees={"ann": _LOCKED},
            notes=notes,
        )

    bad = f'{attribute}="{"a" * 256}"'
    longest = {"username": "other", "password": "wrong"} | {attribute: "a" * 255}
    written = " ".join(f'{name}="{value}"' for name, value in longest.items())
    return (
        one(Case.LIMIT, _LOGIN, written, "255 characters are tried", _NOT_LET_IN, is_let_in=False),
        one(Case.ABSENT, _LOGIN, "", "the login of Sip is tried"),
        one(Case.GIVEN, 'username="other" password="wrong"', _LOGIN, "is tried before that of Sip"),
        one(Case.BAD, _LOGIN, bad, "is ignored, that of Sip is tried", Note(13249)),
    )


_URIS: Final = (
    _uri("content", Case.GIVEN, "<Uri>{ann}</Uri>", "is called", ann=1),
    _uri(
        "content",
        Case.BAD,
        "<Uri>tel:+1555</Uri><Uri>{ann}</Uri>",
        "a bad one is left out",
        Note(13243),
        ann=1,
    ),
    _uri("priority", Case.ABSENT, '<Uri>{ann}</Uri><Uri priority="11">{bob}</Uri>', "ten", ann=1),
    _uri(
        "priority",
        Case.GIVEN,
        '<Uri priority="2">{bob}</Uri><Uri priority="1">{ann}</Uri>',
        "the lowest is first",
        ann=1,
    ),
    _uri(
        "priority",
        Case.LIMIT,
        '<Uri priority="1">{bob}</Uri><Uri priority="0">{ann}</Uri>',
        "zero is the lowest",
        ann=1,
    ),
    _uri(
        "priority",
        Case.BAD,
        '<Uri priority="-1">{bob}</Uri><Uri priority="9">{ann}</Uri>',
        "is refused, ten instead",
        Note(12200),
        ann=1,
    ),
    _uri("weight", Case.ABSENT, "<Uri>{ann}</Uri>", "one alone is called", ann=1),
    _uri("weight", Case.GIVEN, '<Uri weight="3">{ann}</Uri>', "one alone is called", ann=1),
    _uri(
        "weight",
        Case.LIMIT,
        '<Uri weight="65535">{ann}</Uri><Uri weight="0">{bob}</Uri>',
        "zero is the last of its priority",
        ann=1,
    ),
    _uri("weight", Case.BAD, '<Uri weight="heavy">{ann}</Uri>', "is noted", Note(12200), ann=1),
    _NEXT_URI,
    _FINAL_URI,
    *(row for attribute in ("username", "password") for row in _login_of_uri(attribute)),
)


def _element(
    attribute: str, case: Case, header: str, shows: str, headers: dict[str, str | None], *notes: Note
) -> Row:
    return Row(
        verb="Header",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f'<Dial action="next"><Sip><Uri>{{bob}}</Uri><Headers>{header}</Headers></Sip></Dial>',
        expect=(asks(Request("next", COMPLETED)), Ends(), Called("bob", headers=headers)),
        callees={"bob": ANSWERING},
        notes=notes,
    )


_HEADERS: Final = (
    _element("name", Case.GIVEN, '<Header name="X-A" value="1 &amp; 2"/>', "is sent", {"X-A": "1 & 2"}),
    _element("name", Case.ABSENT, '<Header value="1"/>', "is left out", {"": None}, Note(13252)),
    _element(
        "name",
        Case.BAD,
        '<Header name="Via" value="1"/>',
        "another header is left out",
        {"X-A": None},
        Note(32113),
    ),
    _element("value", Case.ABSENT, '<Header name="X-A"/>', "empty", {"X-A": ""}),
    _element("value", Case.GIVEN, '<Header name="X-A" value="1"/>', "is sent", {"X-A": "1"}),
    _element(
        "value",
        Case.LIMIT,
        '<Header name="X-A" value="1"/>' * 10,
        "ten headers, one of each name",
        {"X-A": ", ".join("1" * 10)},
    ),
    _element(
        "value",
        Case.BAD,
        '<Header name="X-A" value="1&#10;Via: x"/>',
        "a line end is left out",
        {"X-A": None},
        Note(32112),
    ),
)

ROWS: Final = (
    *_URI,
    *_ANSWERS,
    *_LOGINS,
    *whisper_rows(SIP),
    *callback_rows(SIP),
    *keys_rows(SIP),
    *detection_rows(SIP),
    *_URIS,
    *_HEADERS,
)
