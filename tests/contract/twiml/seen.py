"""What happened on the call of one row, from all sides. Filled by `stage.py`, judged by `expectation.py`.

Moments are seconds since the caller's phone was answered; since it dialled where it never was.
"""

from dataclasses import dataclass, field

from offhook.call.leg_state import LegEnd
from offhook.call.referrals import ReferUnderWay
from offhook.sip.message import Request
from tests.support.sound import Samples


@dataclass(frozen=True)
class WebRequest:
    """One request that the application got."""

    at: float
    """On the loop's clock."""
    path: str
    """Below the row's own."""
    method: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Key:
    """A key that a phone heard."""

    at: float
    digit: str


@dataclass
class PhoneSide:
    """A call as one phone sees it."""

    began: float = 0.0
    """Dialled, or invited; on the loop's clock, as all below."""
    answered: float | None = None
    ended: float | None = None
    end: LegEnd | None = None
    heard: Samples | None = None
    """From its answer to its end; None when it was never answered."""
    keys: list[Key] = field(default_factory=list)
    sip_statuses: list[int] = field(default_factory=list)
    """Provisional and final responses that it got, or gave."""
    referred_to: list[str] = field(default_factory=list)
    """The Refer-To of each REFER that it followed."""
    refer: ReferUnderWay | None = None
    """What it was told of its own REFER."""


@dataclass
class CalleeSide(PhoneSide):
    """A call as a phone sees it that was called."""

    invites: list[Request] = field(default_factory=list)
    """Each INVITE as it came."""


@dataclass(frozen=True)
class LoggedNote:
    """A Notification as the API shows it."""

    code: int
    log: str
    text: str


@dataclass
class Seen:
    """Everything about one call."""

    document: str = ""
    """The first one as it was sent."""
    number: str = ""
    """The row's own."""
    caller: PhoneSide = field(default_factory=PhoneSide)
    companions: dict[str, PhoneSide] = field(default_factory=dict)
    """Further callers by their names."""
    callees: dict[str, list[CalleeSide]] = field(default_factory=dict)
    """The calls that each got."""
    requests: list[WebRequest] = field(default_factory=list)
    notes: list[LoggedNote] = field(default_factory=list)
    """Of the call and its children, in order."""
    calls: list[dict[str, str]] = field(default_factory=list)
    """The caller's Call and its children as the API shows them, the caller's first."""
    recordings: dict[str, tuple[Samples, ...]] = field(default_factory=dict)
    """Each recording's tracks by the Sid of the recording."""
    passed_on: list[tuple[str | None, ...]] = field(default_factory=list)
    """The labels of the streams of each session that the recording server took."""
    failure: Exception | None = None
    """What broke our own phones."""

    @property
    def zero(self) -> float:
        """What moments count from."""
        return self.caller.began if self.caller.answered is None else self.caller.answered

    def since(self, at: float) -> float:
        """A moment of the loop's clock as moments are told."""
        return at - self.zero
