"""What is another product's: `<Pay>`, `<Sms>`, `<Message>`, and nouns of Dial and Connect.

Read, checked and noted, and the call goes on as after a failure (reference/twiml 8.6, 18).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from offhook.twiml.attribute import Attribute
from offhook.twiml.connect.elsewhere import DECLARED, VIRTUAL_AGENT
from tests.contract.twiml.expectation import Ends, Expectations, Request, asks, hears, tone
from tests.contract.twiml.flow import BEEP, NEVER
from tests.contract.twiml.row import Case, Level, Note, Row, part

UNPAID: Final = part("nothing is paid: its action is told `payment-connector-error`")
UNSENT: Final = part("no message is sent")
UNREACHED: Final = part("nobody is reached by it")
UNCONNECTED: Final = part("nobody is connected by it")

PAID: Final = "paid"
TOLD: Final[Expectations] = (
    asks(Request(PAID, {"Result": "payment-connector-error", "PayErrorCode": "64001"})),
    hears(tone(0, 1, 440)),
    Ends(1),
)
BEEPS: Final[Expectations] = (asks(), hears(tone(0, 1, 440)), Ends(1))
NOT_PAID: Final = Note(64001, "<Pay", level=Level.ERROR, says="no payments")

Values = tuple[str, str, str]
"""One that is given, one at a limit, one that is bad; "" for a case that there is not."""

OF_PAY: Final[Mapping[str, Values]] = {
    "input": ("dtmf", "", "speech"),
    "statusCallback": ("news", "", "http://"),
    "statusCallbackMethod": ("GET", "", "PUT"),
    "paymentMethod": ("ach-debit", "", "cash"),
    "bankAccountType": ("consumer-savings", "", "piggy-bank"),
    "timeout": ("10", "1", "0"),
    "maxAttempts": ("2", "3", "0"),
    "securityCode": ("false", "", "maybe"),
    "postalCode": ("94105", "", ""),
    "minPostalCodeLength": ("5", "0", "few"),
    "paymentConnector": ("Stripe", "", ""),
    "tokenType": ("one-time", "", "for-ever"),
    "chargeAmount": ("20.45", "1000000", "1000000.01"),
    "currency": ("eur", "", "euros"),
    "language": ("de-DE", "", "German!"),
    "description": ("Shoes", "", ""),
    "validCardTypes": ("visa amex", "", "library"),
}
OF_PROMPT: Final[Mapping[str, Values]] = {
    "for": ("payment-card-number", "", "money"),
    "errorType": ("timeout invalid-date", "", "sadness"),
    "cardType": ("visa amex", "", "library"),
    "attempt": ("1 2", "1", "first"),
    "requireMatchingInputs": ("true", "", "maybe"),
}
OF_PARAMETER: Final[Mapping[str, Values]] = {"name": ("a", "", ""), "value": ("b", "", "")}
OF_SMS: Final[Mapping[str, Values]] = {
    "to": ("+14155551212", "", ""),
    "from": ("+14155551213", "", ""),
    "action": ("sent", "", ""),
    "method": ("GET", "", "PUT"),
    "statusCallback": ("news", "", "http://"),
}
OF_AGENT: Final[Mapping[str, Values]] = {
    "connectorName": ("project", "", ""),
    "language": ("de-DE", "", "German!"),
    "sentimentAnalysis": ("true", "", "maybe"),
    "statusCallback": ("news", "", "http://"),
    "statusCallbackMethod": ("GET", "", "PUT"),
}
OF_CALLEE: Final[Mapping[str, Values]] = {
    "url": ("whisper", "", ""),
    "method": ("GET", "", "PUT"),
    "statusCallback": ("news", "", "http://"),
    "statusCallbackMethod": ("GET", "", "PUT"),
    "statusCallbackEvent": ("initiated answered", "", "sneezed"),
}


def _bad(attribute: str) -> Note:
    """A bad URL of news has a code of its own."""
    is_url = attribute == "statusCallback"
    return Note(11100, level=Level.ERROR) if is_url else Note(12200, says=attribute)


def _cases(values: Mapping[str, Values]) -> Iterator[tuple[str, Case, str, tuple[Note, ...]]]:
    """Each attribute with each case, how it is written, and what it leaves besides."""
    for attribute, (given, limit, bad) in values.items():
        yield attribute, Case.ABSENT, "", ()
        yield attribute, Case.GIVEN, f'{attribute}="{given}"', ()
        if limit:
            yield attribute, Case.LIMIT, f'{attribute}="{limit}"', ()
        if bad:
            yield attribute, Case.BAD, f'{attribute}="{bad}"', (_bad(attribute),)


def _shows(case: Case) -> str:
    return "is noted besides" if case is Case.BAD else "the call goes on"


def _pay() -> Iterator[Row]:
    for attribute, case, written, notes in _cases(OF_PAY):
        yield Row(
            verb="Pay",
            attribute=attribute,
            case=case,
            shows=_shows(case),
            document=f'<Pay action="{PAID}" {written}/>{NEVER}',
            then={PAID: BEEP},
            expect=TOLD,
            notes=(NOT_PAID, *notes),
            state=UNPAID,
        )
    for case, action, shows, expect, notes in (
        (Case.ABSENT, "", "the next verb", BEEPS, ()),
        (Case.GIVEN, f'action="{PAID}"', "is told that there is no connector", TOLD, ()),
    ):
        never = NEVER if action else BEEP
        yield Row(
            verb="Pay",
            attribute="action",
            case=case,
            shows=shows,
            document=f"<Pay {action}/>{never}",
            then={PAID: BEEP},
            expect=expect,
            notes=(NOT_PAID, *notes),
            state=UNPAID,
        )
    yield Row(
        verb="Pay",
        attribute="content",
        case=Case.BAD,
        shows="a verb that is not allowed in it is noted besides",
        document=f'<Pay action="{PAID}"><Dial>+14155551212</Dial></Pay>{NEVER}',
        then={PAID: BEEP},
        expect=TOLD,
        notes=(NOT_PAID, Note(12200, at="<Dial", says="<Dial> is not allowed in <Pay>")),
        state=UNPAID,
    )


def _in_pay(verb: str, values: Mapping[str, Values], inside: str = "") -> Iterator[Row]:
    for attribute, case, written, notes in _cases(values):
        at = tuple(Note(note.code, f"<{verb}", note.level, note.says) for note in notes)
        yield Row(
            verb=verb,
            attribute=f"{attribute}" if verb == "Prompt" else f"{attribute} in Pay",
            case=case,
            shows=_shows(case),
            document=f'<Pay action="{PAID}"><{verb} {written}>{inside}</{verb}></Pay>{NEVER}',
            then={PAID: BEEP},
            expect=TOLD,
            notes=(NOT_PAID, *at),
            state=UNPAID,
        )


def _prompt_alone() -> Row:
    return Row(
        verb="Prompt",
        attribute="content",
        case=Case.BAD,
        shows="outside of a Pay it is skipped",
        document=f"<Prompt><Say>Your card number, please.</Say></Prompt>{BEEP}",
        expect=BEEPS,
        notes=(Note(12200, says="<Prompt> is allowed in <Pay> only"),),
        state=UNPAID,
    )


def _sms(verb: str) -> Iterator[Row]:
    noted = Note(12200, says="sends no messages")
    for attribute, case, written, notes in _cases(OF_SMS):
        yield Row(
            verb=verb,
            attribute=attribute,
            case=case,
            shows=_shows(case),
            document=f"<{verb} {written}>Hello</{verb}>{BEEP}",
            expect=BEEPS,
            notes=(*notes, noted),
            state=UNSENT,
        )
    yield Row(
        verb=verb,
        attribute="content",
        case=Case.GIVEN,
        shows="is not sent, and the call goes on",
        document=f"<{verb}>Hello</{verb}>{BEEP}",
        expect=BEEPS,
        notes=(noted,),
        state=UNSENT,
    )


def _callee(noun: str, content: str) -> Iterator[Row]:
    failed = asks(Request("next", {"DialCallStatus": "failed"}))
    noted = Note(13224, f"<{noun}", says="nobody can be reached")
    for attribute, case, written, notes in (*_cases(OF_CALLEE), ("content", Case.GIVEN, "", ())):
        at = tuple(Note(note.code, f"<{noun}", note.level, note.says) for note in notes)
        yield Row(
            verb=noun,
            attribute=attribute,
            case=case,
            shows="is noted besides" if case is Case.BAD else "the call to it fails",
            document=f'<Dial action="next"><{noun} {written}>{content}</{noun}></Dial>{NEVER}',
            then={"next": BEEP},
            expect=(failed, hears(tone(0, 1, 440)), Ends(1)),
            notes=(*at, noted),
            state=UNREACHED,
        )


def _connected(noun: str, values: Mapping[str, Values]) -> Iterator[Row]:
    """A noun of Connect with which nobody talks: the action is asked at once."""
    is_agent = noun == VIRTUAL_AGENT
    told = {"VirtualAgentStatus": "failed", "VirtualAgentErrorCode": "32602"} if is_agent else {}
    at = f"<{noun}"
    noted = (
        Note(32602, at, Level.ERROR, "there are no connectors")
        if is_agent
        else Note(12200, at, says="another product")
    )
    for attribute, case, written, notes in (*_cases(values), ("content", Case.GIVEN, "", ())):
        yield Row(
            verb=noun,
            attribute=attribute,
            case=case,
            shows="is noted besides" if case is Case.BAD else "nobody answers, and the action is asked",
            document=f'<Connect action="next"><{noun} {written}>a</{noun}></Connect>{NEVER}',
            then={"next": BEEP},
            expect=(asks(Request("next", told)), hears(tone(0, 1, 440)), Ends(1)),
            notes=(*(Note(note.code, at, note.level, note.says) for note in notes), noted),
            state=UNCONNECTED,
        )


def _agent_alone() -> Row:
    return Row(
        verb=VIRTUAL_AGENT,
        attribute="content",
        case=Case.LIMIT,
        shows="without an action the next verb follows",
        document=f'<Connect><{VIRTUAL_AGENT}><Config name="a" value="b"/></{VIRTUAL_AGENT}></Connect>{BEEP}',
        expect=BEEPS,
        notes=(Note(32602, level=Level.ERROR),),
        state=UNCONNECTED,
    )


def _of_texts(attributes: tuple[Attribute[str], ...]) -> Mapping[str, Values]:
    return {attribute.name: ("a", "", "") for attribute in attributes}


ROWS: Final = (
    *_pay(),
    *_in_pay("Prompt", OF_PROMPT, "<Say>Your card number, please.</Say>"),
    _prompt_alone(),
    *_in_pay("Parameter", OF_PARAMETER),
    *_sms("Sms"),
    *_sms("Message"),
    *_callee("Sim", "DE00000000000000000000000000000000"),
    *_callee("WhatsApp", "+15550100200"),
    *_connected(VIRTUAL_AGENT, OF_AGENT),
    _agent_alone(),
    *(
        row
        for noun, attributes in DECLARED.items()
        if noun != VIRTUAL_AGENT
        for row in _connected(noun, _of_texts(attributes))
    ),
)
