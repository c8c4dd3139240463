"""A registration of our own: REGISTER, refreshed until the owner removes it (RFC 3261 §10.2).

    REGISTERING --2xx--> REGISTERED --timer--> REGISTERING --no answer, 5xx--> WAITING --timer--> REGISTERING
    remove(): REGISTERED, WAITING --> REMOVING --any outcome--> TERMINATED
              REGISTERING --> CLOSING, which waits for the REGISTER that is out, then --> REMOVING

Made by `user_agent.register`. Every REGISTER has the same Call-ID and the next CSeq, and none is sent while
another is out (§10.2). A 423 is met with the interval that it asks for (§10.3); what cannot get better by
waiting (a wrong password, an unknown user) ends it. Leaves out: Path, outbound and GRUU, Service-Route.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.sip import grammar
from offhook.sip.core import Core
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError, expect
from offhook.sip.event import Answered, NotRegistered, Registered, Unanswered, Unregistered
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Response
from offhook.sip.outgoing_request import OutgoingRequest, StandaloneRequest, check_standalone
from offhook.sip.redirection import contacts_of
from offhook.sip.uri import SipUri

EXPIRES_S: Final = 600
"""What is asked for by default: the least that Twilio's registrar takes."""
EXPIRES_MAX_S: Final = 86_400
"""A registrar's answer beyond it is not believed: a refresh a day is no burden."""
_REFRESH_BEFORE_S: Final = 60.0
"""Before the end, or half of the interval if that is less: room for a REGISTER of 64·T1 and one more."""
_RETRY_FIRST_S: Final = 5.0
_RETRY_MAX_S: Final = 300.0
"""Doubled from the first to the last, as RFC 5626 §4.5 does from 30 s on."""
_TEMPORARY: Final = frozenset({408, 429, 480, 486, 500, 502, 503, 504, 600})
"""What a later REGISTER may not meet again."""


class RegistrationState(Symbol):
    """Where a registration stands."""

    REGISTERING = auto()
    """A REGISTER is out."""
    REGISTERED = auto()
    """The registrar keeps our Contact."""
    WAITING = auto()
    """It is tried again after a while."""
    CLOSING = auto()
    """A REGISTER is out, and the owner wants it removed."""
    REMOVING = auto()
    """The REGISTER that removes it is out."""
    TERMINATED = auto()


class RegistrationInput(Symbol):
    """What can happen to a registration."""

    ACCEPTED = auto()
    """A 2xx."""
    TOO_BRIEF = auto()
    """423 with a longer interval than was asked for."""
    FAILED = auto()
    """No answer, or one that may be another later."""
    REFUSED = auto()
    """An answer that stays the same."""
    DUE = auto()
    """Timer: refresh, or try again."""
    REMOVE = auto()
    """The owner's."""


class RegistrationEffect(Symbol):
    """What is done about it."""

    SEND = auto()
    SEND_REMOVAL = auto()
    ARM_REFRESH = auto()
    ARM_RETRY = auto()
    DISARM = auto()
    REPORT_REGISTERED = auto()
    REPORT_FAILED = auto()
    REPORT_REFUSED = auto()
    REPORT_ENDED = auto()


_S, _I, _E = RegistrationState, RegistrationInput, RegistrationEffect
_ENDED: Final = (_S.TERMINATED, (_E.REPORT_ENDED,))
_IGNORED: Final[tuple[None, tuple[RegistrationEffect, ...]]] = (None, ())

TRANSITIONS: Final[
    dict[
        tuple[RegistrationState, RegistrationInput],
        tuple[RegistrationState | None, tuple[RegistrationEffect, ...]],
    ]
] = {
    (_S.REGISTERING, _I.ACCEPTED): (_S.REGISTERED, (_E.ARM_REFRESH, _E.REPORT_REGISTERED)),
    (_S.REGISTERING, _I.TOO_BRIEF): (_S.REGISTERING, (_E.SEND,)),
    (_S.REGISTERING, _I.FAILED): (_S.WAITING, (_E.ARM_RETRY, _E.REPORT_FAILED)),
    (_S.REGISTERING, _I.REFUSED): (_S.TERMINATED, (_E.REPORT_REFUSED,)),
    (_S.REGISTERING, _I.DUE): _IGNORED,
    (_S.REGISTERING, _I.REMOVE): (_S.CLOSING, ()),
    (_S.REGISTERED, _I.ACCEPTED): _IGNORED,
    (_S.REGISTERED, _I.TOO_BRIEF): _IGNORED,
    (_S.REGISTERED, _I.FAILED): _IGNORED,
    (_S.REGISTERED, _I.REFUSED): _IGNORED,
    (_S.REGISTERED, _I.DUE): (_S.REGISTERING, (_E.SEND,)),
    (_S.REGISTERED, _I.REMOVE): (_S.REMOVING, (_E.DISARM, _E.SEND_REMOVAL)),
    (_S.WAITING, _I.ACCEPTED): _IGNORED,
    (_S.WAITING, _I.TOO_BRIEF): _IGNORED,
    (_S.WAITING, _I.FAILED): _IGNORED,
    (_S.WAITING, _I.REFUSED): _IGNORED,
    (_S.WAITING, _I.DUE): (_S.REGISTERING, (_E.SEND,)),
    (_S.WAITING, _I.REMOVE): (_S.REMOVING, (_E.DISARM, _E.SEND_REMOVAL)),
    (_S.CLOSING, _I.ACCEPTED): (_S.REMOVING, (_E.SEND_REMOVAL,)),
    (_S.CLOSING, _I.TOO_BRIEF): _ENDED,
    (_S.CLOSING, _I.FAILED): _ENDED,
    (_S.CLOSING, _I.REFUSED): _ENDED,
    (_S.CLOSING, _I.DUE): _IGNORED,
    (_S.CLOSING, _I.REMOVE): _IGNORED,
    (_S.REMOVING, _I.ACCEPTED): _ENDED,
    (_S.REMOVING, _I.TOO_BRIEF): _ENDED,
    (_S.REMOVING, _I.FAILED): _ENDED,
    (_S.REMOVING, _I.REFUSED): _ENDED,
    (_S.REMOVING, _I.DUE): _IGNORED,
    (_S.REMOVING, _I.REMOVE): _IGNORED,
    **{(_S.TERMINATED, given): _IGNORED for given in _I},
}


class RegistrationTimer(Symbol):
    """The one timer of a registration."""

    DUE = auto()


@dataclass(frozen=True, slots=True)
class RegistrationPlan:
    """What an owner wants to be registered as, and where."""

    address: SipUri
    """The address of record; its host is the registrar's domain."""
    credentials: Credentials | None = None
    """What answers a challenge."""
    next_hop: SipUri | None = None
    """Outbound proxy: only where REGISTER is sent. None is the domain."""
    expires_s: int = EXPIRES_S
    """The interval that is asked for."""
    contact_user: str = ""
    """User of our Contact, escaped, by which the owner knows again what is sent there; "" for none."""


class Registration:
    """One registration. `remove` ends it; the driver's timer keeps it up until then."""

    __slots__ = (
        "_call_id",
        "_core",
        "_cseq",
        "_expires_s",
        "_granted_s",
        "_is_kept",
        "_outcome",
        "_retries",
        "deadlines",
        "plan",
        "state",
    )

    def __init__(self, core: Core, plan: RegistrationPlan) -> None:
        self._core = core
        self.plan = plan
        self.state = RegistrationState.REGISTERING
        self.deadlines: dict[Enum, float] = {}
        self._call_id = core.chance.hex(16)
        self._cseq = 0
        self._expires_s = plan.expires_s
        self._granted_s = plan.expires_s
        self._is_kept = False
        self._retries = 0
        self._outcome: Answered | Unanswered | None = None
        check_standalone(self._request(plan.expires_s))

    def begin(self, now: float) -> None:
        """Send the first REGISTER, once a flow is found."""
        self._perform(RegistrationEffect.SEND, now)

    # The owner

    def remove(self, now: float) -> None:
        """Have the registrar forget our Contact. Unregistered follows, unless it has ended already."""
        self._step(RegistrationInput.REMOVE, now)

    # News

    def handle_timer(self, _: Enum, now: float) -> None:
        """It is time to refresh, or to try again."""
        self._step(RegistrationInput.DUE, now)

    def _handle_outcome(self, outcome: Answered | Unanswered, now: float) -> None:
        self._cseq = outcome.outgoing.cseq
        self._outcome = outcome
        if isinstance(outcome, Unanswered):
            self._step(RegistrationInput.FAILED, now)
            return
        response = outcome.response
        if response.status < 300:
            self._take_interval(outcome)
            self._step(RegistrationInput.ACCEPTED, now)
        elif response.status == 423 and self._expires_s < (least_s := _seconds(response, "Min-Expires")):
            self._expires_s = least_s
            self._step(RegistrationInput.TOO_BRIEF, now)
        elif response.status in _TEMPORARY:
            self._step(RegistrationInput.FAILED, now)
        else:
            self._step(RegistrationInput.REFUSED, now)

    def _take_interval(self, answered: Answered) -> None:
        """What the registrar grants: of our own Contact in its list, else of the whole answer (§10.2.4)."""
        self._granted_s = _seconds(answered.response, "Expires") or self._expires_s
        request = answered.outgoing.request
        if request is None:
            return
        try:
            ours = NameAddr.parse(request.headers.single("Contact")).uri
        except SipError:
            return
        for contact in contacts_of(answered.response):
            try:
                is_ours = contact.uri.matches(ours)
            except SipError:
                continue  # of another scheme: not ours
            if is_ours:
                expires = grammar.find_parameter(contact.parameters, "expires") or ""
                self._granted_s = _delta_seconds(expires, self._granted_s)

    # The machine

    def _step(self, given: RegistrationInput, now: float) -> None:
        state, effects = TRANSITIONS[self.state, given]
        if state is not None:
            self.state = state
        for effect in effects:
            self._perform(effect, now)

    def _perform(self, effect: RegistrationEffect, now: float) -> None:
        _OPERATIONS[effect](self, now)

    def _send(self, _: float) -> None:
        self._ask(self._expires_s)

    def _send_removal(self, _: float) -> None:
        self._ask(0)

    def _ask(self, expires_s: int) -> None:
        OutgoingRequest(self._core, self._request(expires_s), self._handle_outcome).begin()

    def _request(self, expires_s: int) -> StandaloneRequest:
        address = self.plan.address
        return StandaloneRequest(
            method="REGISTER",
            uri=SipUri(address.scheme, address.host, port=address.port, parameters=address.parameters),
            from_uri=address,
            to_uri=address,
            next_hop=self.plan.next_hop,
            headers=(("Expires", str(expires_s)),),
            has_contact=True,
            contact_user=self.plan.contact_user,
            call_id=self._call_id,
            cseq=self._cseq + 1,
            credentials=self.plan.credentials,
        )

    def _arm_refresh(self, now: float) -> None:
        self._retries = 0
        after_s = max(self._granted_s / 2, self._granted_s - _REFRESH_BEFORE_S)
        self._core.deadlines.arm(self, RegistrationTimer.DUE, now + after_s)

    def _arm_retry(self, now: float) -> None:
        self._core.deadlines.arm(self, RegistrationTimer.DUE, now + self._retry_s())
        self._retries += 1

    def _retry_s(self) -> float:
        if isinstance(self._outcome, Answered):
            asked_s = _seconds(self._outcome.response, "Retry-After")
            if asked_s:
                return float(asked_s)
        return min(_RETRY_FIRST_S * 2.0 ** min(self._retries, 10), _RETRY_MAX_S)

    def _disarm(self, _: float) -> None:
        self._core.deadlines.disarm(self, RegistrationTimer.DUE)

    def _report_registered(self, _: float) -> None:
        self._core.events.append(Registered(self, self._granted_s, self._is_kept))
        self._is_kept = True

    def _report_failed(self, now: float) -> None:
        self._is_kept = False
        self._report(self.deadlines[RegistrationTimer.DUE] - now)

    def _report_refused(self, _: float) -> None:
        self._report(None)

    def _report(self, retry_s: float | None) -> None:
        outcome = self._outcome
        answer = outcome.response if isinstance(outcome, Answered) else expect(outcome, "it has happened")
        self._core.events.append(NotRegistered(self, answer.status, answer.reason, retry_s))

    def _report_ended(self, _: float) -> None:
        outcome = self._outcome
        is_removed = isinstance(outcome, Answered) and outcome.response.status < 300
        self._core.events.append(Unregistered(self, is_removed))


_OPERATIONS: Final[dict[RegistrationEffect, Callable[[Registration, float], None]]] = {
    RegistrationEffect.SEND: Registration._send,
    RegistrationEffect.SEND_REMOVAL: Registration._send_removal,
    RegistrationEffect.ARM_REFRESH: Registration._arm_refresh,
    RegistrationEffect.ARM_RETRY: Registration._arm_retry,
    RegistrationEffect.DISARM: Registration._disarm,
    RegistrationEffect.REPORT_REGISTERED: Registration._report_registered,
    RegistrationEffect.REPORT_FAILED: Registration._report_failed,
    RegistrationEffect.REPORT_REFUSED: Registration._report_refused,
    RegistrationEffect.REPORT_ENDED: Registration._report_ended,
}


def _seconds(response: Response, name: str) -> int:
    """A header's delta-seconds; 0 where there is none that can be read."""
    return _delta_seconds((response.headers.get(name) or "").partition(";")[0].partition("(")[0], 0)


def _delta_seconds(text: str, default_s: int) -> int:
    """Seconds within a day; the default for what is no number (§20.19)."""
    text = text.strip(" \t")
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), EXPIRES_MAX_S) if is_number else default_s
