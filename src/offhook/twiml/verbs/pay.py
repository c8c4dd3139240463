"""`<Pay>` and its `<Prompt>`: take a payment.

Source: https://www.twilio.com/docs/voice/twiml/pay, reference/twiml 8.6.

Nothing here takes payments: that is work under the card industry's security rules, and a gateway besides. The
document is read and checked all the same, the verb is noted (64001), and the call goes on as after a payment
that the gateway refused. Where the page is silent: an absent `action`, which is the document itself, is not
asked, since a document that is asked again with every failed payment would never end.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    METHOD,
    TEXT,
    Attribute,
    Kind,
    ProblemLog,
    matching,
    one_of,
    read_attributes,
    seconds,
    whole_number,
    words_of,
)
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import check_url, news_url
from offhook.twiml.verbs.pause import read_pause
from offhook.twiml.verbs.play import read_play
from offhook.twiml.verbs.say import read_say

NOT_OFFERED: Final = 64001

MAX_AMOUNT: Final = 1_000_000
CARDS: Final = (
    "visa",
    "mastercard",
    "amex",
    "maestro",
    "discover",
    "optima",
    "jcb",
    "diners-club",
    "enroute",
)
ASKED_FOR: Final = (
    "payment-card-number",
    "expiration-date",
    "security-code",
    "postal-code",
    "payment-processing",
    "bank-account-number",
    "bank-routing-number",
)
ERRORS: Final = (
    "timeout",
    "invalid-card-number",
    "invalid-card-type",
    "invalid-date",
    "invalid-security-code",
    "invalid-postal-code",
    "invalid-bank-account-number",
    "invalid-bank-routing-number",
    "input-matching-failed",
    "internal-error",
)


def _read_amount(text: str) -> float | None:
    amount = matching(r"[0-9]{1,7}(\.[0-9]{1,2})?", "").read(text)
    return None if amount is None or float(amount) > MAX_AMOUNT else float(amount)


ACTION: Final = Attribute("action", TEXT, "")
DECLARED: Final[tuple[Attribute[Any], ...]] = (
    Attribute("input", one_of(("dtmf",)), "dtmf"),
    ACTION,
    news_url("statusCallback"),
    Attribute("statusCallbackMethod", METHOD, "POST"),
    Attribute("paymentMethod", one_of(("credit-card", "ach-debit")), "credit-card"),
    Attribute(
        "bankAccountType",
        one_of(("consumer-checking", "consumer-savings", "commercial-checking")),
        "consumer-checking",
    ),
    Attribute("timeout", seconds(1), 5.0),
    Attribute("maxAttempts", whole_number(1, 3), 1),
    Attribute("securityCode", BOOLEAN, default=True),
    Attribute("postalCode", TEXT, "true"),
    Attribute("minPostalCodeLength", whole_number(0), 0),
    Attribute("paymentConnector", TEXT, "Default"),
    Attribute("tokenType", one_of(("one-time", "reusable", "payment-method")), "reusable"),
    Attribute("chargeAmount", Kind(f"an amount from 0 to {MAX_AMOUNT}, such as 20.45", _read_amount), 0.0),
    Attribute("currency", matching("[A-Za-z]{3}", "three letters, such as usd"), "usd"),
    Attribute("language", LANGUAGE, "en-US"),
    Attribute("description", TEXT, ""),
    Attribute("validCardTypes", words_of(CARDS), frozenset(CARDS[:3])),
)
DECLARED_OF_PROMPT: Final[tuple[Attribute[Any], ...]] = (
    Attribute("for", one_of(ASKED_FOR), ""),
    Attribute("errorType", words_of(ERRORS), frozenset[str]()),
    Attribute("cardType", words_of(CARDS), frozenset[str]()),
    Attribute("attempt", matching(r"[0-9]+( [0-9]+)*", "numbers with blanks between them"), ""),
    Attribute("requireMatchingInputs", BOOLEAN, default=False),
)
DECLARED_OF_PARAMETER: Final = (Attribute("name", TEXT, ""), Attribute("value", TEXT, ""))


@dataclass(frozen=True, slots=True)
class Pay:
    """Tell the application that no payment could be taken."""

    action: str | None
    """Absolute or relative URL that is told so; None goes on with the next verb."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_pay(element: Element, log: ProblemLog) -> Pay:
    """Called by the parser."""
    log.note(
        NOT_OFFERED,
        element,
        "<Pay>: Offhook takes no payments; the action is told payment-connector-error",
        Level.NOTE,
    )
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    log.note_no_text(element)
    for child in element.elements:
        match child.name:
            case "Prompt":
                _check_prompt(child, log)
            case "Parameter":
                read_attributes(child, DECLARED_OF_PARAMETER, log)
                log.note_no_content(child)
            case _:
                log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Pay>: skipped")
    return Pay(values[ACTION] or None, line=element.line, column=element.column)


def read_prompt(element: Element, log: ProblemLog) -> None:
    """Called by the parser for one that stands alone, as Twilio's libraries let it."""
    _check_prompt(element, log)
    log.note(SCHEMA_WARNING, element, "<Prompt> is allowed in <Pay> only: skipped")


def _check_prompt(element: Element, log: ProblemLog) -> None:
    read_attributes(element, DECLARED_OF_PROMPT, log)
    log.note_no_text(element)
    for child in element.elements:
        match child.name:
            case "Say":
                read_say(child, log)
            case "Play":
                read_play(child, log)
            case "Pause":
                read_pause(child, log)
            case _:
                log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Prompt>: skipped")
