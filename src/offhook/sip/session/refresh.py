"""The session timer: a session that nobody refreshes ends (RFC 4028).

    OFF --agreed, ours--> REFRESHING     OFF --agreed, the peer's--> WAITING
    REFRESHING: a refresh at half the interval; both: BYE a third of it, at most 32 s, before its end

Each 2xx to an INVITE or UPDATE, ours or the peer's, agrees anew. As UAS we take what the peer asks for,
not less than `Settings.min_se_s` (else 422) and the request's own Min-SE, and let the UAC refresh
(reference, section 13). As UAC we ask for `Settings.session_expires_s`, where that is set, and do what the
2xx says.

Called by `connect`, `accept`, `update`, `modify` and `invite_session`.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.core import Core
from offhook.sip.error import SipError
from offhook.sip.event import EndCause
from offhook.sip.headers.reason import SIP, Reason
from offhook.sip.headers.session_expires import LEAST_S, Refresher, SessionExpires, parse_min_se
from offhook.sip.message import Message, Request, Response
from offhook.sip.session.modify import Change
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.session.usage import tokens_of

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession

TIMER: Final = "timer"
"""The option tag."""
_BYE_BEFORE_S: Final = 32.0
"""Before the end of the interval, or a third of it if that is less (§10)."""
_REASON: Final = Reason(SIP, 408, "Session timer expired")
"""Of the BYE."""


class RefreshState(Symbol):
    """Who keeps the session alive."""

    OFF = auto()
    """Nobody needs to."""
    REFRESHING = auto()
    """We."""
    WAITING = auto()
    """The peer."""


class RefreshInput(Symbol):
    """What can happen to the session timer."""

    OURS = auto()
    """A 2xx that makes us the refresher."""
    THEIRS = auto()
    """A 2xx that makes the peer the refresher."""
    NONE = auto()
    """A 2xx without Session-Expires."""
    REFRESH_DUE = auto()
    """Timer."""
    EXPIRED = auto()
    """Timer."""
    END = auto()


class RefreshEffect(Symbol):
    """What is done about it."""

    ARM_REFRESH = auto()
    ARM_RETRY = auto()
    ARM_EXPIRY = auto()
    DISARM = auto()
    SEND_REFRESH = auto()
    END_SESSION = auto()


_S, _I, _E = RefreshState, RefreshInput, RefreshEffect
_OURS: Final = (_S.REFRESHING, (_E.DISARM, _E.ARM_REFRESH, _E.ARM_EXPIRY))
_THEIRS: Final = (_S.WAITING, (_E.DISARM, _E.ARM_EXPIRY))
_OFF: Final = (_S.OFF, (_E.DISARM,))
_IGNORED: Final[tuple[None, tuple[RefreshEffect, ...]]] = (None, ())

TRANSITIONS: Final[
    dict[tuple[RefreshState, RefreshInput], tuple[RefreshState | None, tuple[RefreshEffect, ...]]]
] = {
    (_S.OFF, _I.OURS): _OURS,
    (_S.OFF, _I.THEIRS): _THEIRS,
    (_S.OFF, _I.NONE): _IGNORED,
    (_S.OFF, _I.REFRESH_DUE): _IGNORED,
    (_S.OFF, _I.EXPIRED): _IGNORED,
    (_S.OFF, _I.END): _IGNORED,
    (_S.REFRESHING, _I.OURS): _OURS,
    (_S.REFRESHING, _I.THEIRS): _THEIRS,
    (_S.REFRESHING, _I.NONE): _OFF,
    (_S.REFRESHING, _I.REFRESH_DUE): (_S.REFRESHING, (_E.SEND_REFRESH, _E.ARM_RETRY)),
    (_S.REFRESHING, _I.EXPIRED): (_S.OFF, (_E.DISARM, _E.END_SESSION)),
    (_S.REFRESHING, _I.END): _OFF,
    (_S.WAITING, _I.OURS): _OURS,
    (_S.WAITING, _I.THEIRS): _THEIRS,
    (_S.WAITING, _I.NONE): _OFF,
    (_S.WAITING, _I.REFRESH_DUE): _IGNORED,
    (_S.WAITING, _I.EXPIRED): (_S.OFF, (_E.DISARM, _E.END_SESSION)),
    (_S.WAITING, _I.END): _OFF,
}


class Refresh:
    """The session timer of one session."""

    __slots__ = ("_interval_s", "_least_s", "_wanted_s", "deadlines", "session", "state")

    def __init__(self, session: "InviteSession") -> None:
        settings = session.core.settings
        self.session = session
        self.state = RefreshState.OFF
        self.deadlines: dict[Enum, float] = {}
        self._interval_s = 0
        """What was agreed last."""
        self._wanted_s = settings.session_expires_s
        """What our INVITE asks for."""
        self._least_s = max(settings.min_se_s, LEAST_S)
        """Min-SE of our requests (§7.4): ours, or what a 422 or a request of the peer's taught us."""

    @property
    def interval_s(self) -> int | None:
        """Seconds; None while the session needs no refresh."""
        return None if self.state is RefreshState.OFF else self._interval_s

    @property
    def is_supported(self) -> bool:
        """Whether the settings offer session timers."""
        return TIMER in self.session.core.settings.supported

    def ask(self, interval_s: int) -> None:
        """Ask for another interval than the settings': before the INVITE is sent."""
        self._wanted_s = interval_s

    def request_headers(self) -> list[tuple[str, str]]:
        """What our INVITE or UPDATE says (§7.1, §7.4): the refresher only where there is one to keep."""
        if not self.is_supported:
            return []
        headers = [("Min-SE", str(self._least_s))]
        if self.state is not RefreshState.OFF:
            ours = self.state is RefreshState.REFRESHING
            refresher = Refresher.UAC if ours else Refresher.UAS
            expires = SessionExpires(max(self._interval_s, self._least_s), refresher)
            headers.append(("Session-Expires", str(expires)))
        elif self._wanted_s is not None:
            headers.append(("Session-Expires", str(max(self._wanted_s, self._least_s))))
        return headers

    def take_too_small(self, response: Response) -> bool:
        """Learn from a 422 (§7.3); False when it says nothing that helps, and trying again would not."""
        try:
            least_s = parse_min_se(response.headers.get("Min-SE") or "")
        except SipError:
            return False
        if least_s <= self._least_s and self._wanted_s is not None and least_s <= self._wanted_s:
            return False
        self._least_s = max(self._least_s, least_s)
        self._wanted_s = max(self._wanted_s or 0, self._least_s)
        return True

    def take_response(self, response: Response, now: float) -> None:
        """A 2xx to our INVITE or UPDATE: what it says holds (§7.2)."""
        expires = _expires_of(response)
        if expires is None or not self.is_supported:
            self._step(RefreshInput.NONE, now)
            return
        self._interval_s = max(expires.interval_s, LEAST_S)  # less would be our own storm of refreshes
        ours = expires.refresher is not Refresher.UAS
        self._step(RefreshInput.OURS if ours else RefreshInput.THEIRS, now)

    def accept(self, request: Request, now: float) -> list[tuple[str, str]]:
        """Agree to a request that gets 2xx now; what the 2xx says of it (§9)."""
        expires = _expires_of(request)
        peer_takes_part = TIMER in tokens_of(request, "Supported")
        # §7.4: what the peer and the proxies between want least is in our own requests from now on.
        asked_least_s = _min_se_of(request)
        self._least_s = max(self._least_s, asked_least_s)
        if not self.is_supported or (expires is None and self._wanted_s is None):
            self._step(RefreshInput.NONE, now)
            return []
        if expires is None:
            # The peer asks for nothing and we want it: then we refresh, which needs nothing of the peer.
            expires = SessionExpires(max(self._wanted_s or 0, self._least_s), Refresher.UAS)
        elif not peer_takes_part:
            expires = replace(expires, refresher=Refresher.UAS)  # §9, table 2: a proxy asked for it
        elif expires.refresher is None:
            expires = replace(expires, refresher=Refresher.UAC)
        # §9 allows neither less than the request's Min-SE nor more than its Session-Expires. Where it asks
        # for less than its own Min-SE, that counts: a refresh of ours would get 422 with it.
        self._interval_s = max(expires.interval_s, asked_least_s, LEAST_S)
        agreed = SessionExpires(self._interval_s, expires.refresher)
        ours = agreed.refresher is Refresher.UAS
        self._step(RefreshInput.OURS if ours else RefreshInput.THEIRS, now)
        headers = [("Session-Expires", str(agreed))]
        return headers if ours else [("Require", TIMER), *headers]

    def end(self, now: float) -> None:
        """The session ends."""
        self._step(RefreshInput.END, now)

    def handle_timer(self, timer: Enum, now: float) -> None:
        """A refresh is due, or was missed."""
        self._step(RefreshInput(timer.value), now)

    def _step(self, given: RefreshInput, now: float) -> None:
        next_state, effects = TRANSITIONS[(self.state, given)]
        if next_state is not None:
            self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, now)

    def arm_refresh(self, now: float) -> None:
        """Effect: at half the interval (§7.2)."""
        self.session.core.deadlines.arm(self, RefreshInput.REFRESH_DUE, now + self._interval_s / 2)

    def arm_retry(self, now: float) -> None:
        """Effect: once more, should this refresh be refused, or a change be in its way."""
        self.session.core.deadlines.arm(self, RefreshInput.REFRESH_DUE, now + self._interval_s / 8)

    def arm_expiry(self, now: float) -> None:
        """Effect: a little before the end of the interval (§10)."""
        before_s = min(_BYE_BEFORE_S, self._interval_s / 3)
        self.session.core.deadlines.arm(self, RefreshInput.EXPIRED, now + self._interval_s - before_s)

    def disarm(self, _: float) -> None:
        """Effect: neither."""
        for timer in (RefreshInput.REFRESH_DUE, RefreshInput.EXPIRED):
            self.session.core.deadlines.disarm(self, timer)

    def send_refresh(self, now: float) -> None:
        """Effect: refresh; a change of ours that is under way does the same by its 2xx."""
        modification = self.session.the_usage().modification
        if modification.is_idle and modification.can_refresh:
            modification.begin(Change(None), now)

    def end_session(self, now: float) -> None:
        """Effect: nobody refreshed."""
        self.session.bye_headers = (("Reason", str(_REASON)),)
        self.session.step(SessionInput.EXPIRED, Occasion(now, cause=EndCause.SESSION_EXPIRED))


_OPERATIONS: Final[dict[RefreshEffect, Callable[[Refresh, float], None]]] = {
    _E.ARM_REFRESH: Refresh.arm_refresh,
    _E.ARM_RETRY: Refresh.arm_retry,
    _E.ARM_EXPIRY: Refresh.arm_expiry,
    _E.DISARM: Refresh.disarm,
    _E.SEND_REFRESH: Refresh.send_refresh,
    _E.END_SESSION: Refresh.end_session,
}


def too_small(request: Request, core: Core) -> int | None:
    """The Min-SE of a 422, where a request asks for less than we take and would understand it (§9).

    Raises: SipError (400) for a Session-Expires that cannot be read.
    """
    if TIMER not in core.settings.supported or "Session-Expires" not in request.headers:
        return None
    expires = SessionExpires.parse(request.headers.single("Session-Expires"))
    least_s = max(core.settings.min_se_s, LEAST_S)
    is_refusable = TIMER in tokens_of(request, "Supported")
    return least_s if is_refusable and expires.interval_s < least_s else None


def _expires_of(message: Message) -> SessionExpires | None:
    try:
        return SessionExpires.parse(message.headers.get("Session-Expires") or "")
    except SipError:
        return None


def _min_se_of(message: Message) -> int:
    try:
        return parse_min_se(message.headers.get("Min-SE") or "")
    except SipError:
        return LEAST_S
