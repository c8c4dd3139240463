"""A row of the contract: one attribute of one verb, one case, and what a caller and the webhook see of it.

A row is a document, a caller who does something, phones that may be called, and expectations. All rows run
at once against one node (`stage.py`); each is then judged alone (`test_rows.py`), and
`docs/twiml-coverage.md` is made of them (`page.py`), so that it says no more than they show.

In a document, `{bob}` is the SIP URI of the row's callee `bob`, `{bob:user}` the user it registers as, and
`{number}` the row's own number, `{application}` the Sid of its application. `/tone/440/2` is two seconds of a
tone, `/silence/1` a second of nothing. A path that begins with `news` is a callback; every other path is a
document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tests.contract.twiml.expectation import Expectation
from tests.support.transferee import Says

END: Final = "<Hangup/>"
"""What a document says that needs to say no more."""


class Case(StrEnum):
    """What is written for the attribute."""

    ABSENT = "absent"
    """Nothing: the default is in force."""
    GIVEN = "given"
    """An ordinary value."""
    LIMIT = "limit"
    """The first or last value that is allowed, or one beyond it that is taken for it."""
    BAD = "bad"
    """A value that is not allowed."""


class Does(StrEnum):
    """How much of the attribute the node does."""

    WORKS = "works"
    PART = "part"
    """Read and checked; what it asks for is not done."""
    REFUSED = "refused"
    """A document with it fails."""


@dataclass(frozen=True)
class State:
    """What a row shows of the node."""

    does: Does = Does.WORKS
    what: str = ""
    """Of PART: what is left out, in a few words; of REFUSED: the code."""

    def __str__(self) -> str:
        match self.does:
            case Does.WORKS:
                return "works"
            case Does.PART:
                return f"part: {self.what}"
            case Does.REFUSED:
                return f"refused with {self.what}"


WORKS: Final = State()


def part(what: str) -> State:
    """Read and checked, but for `what`."""
    return State(Does.PART, what)


class Level(StrEnum):
    """Of a Notification, in the numbers of its `log` field."""

    ERROR = "0"
    WARNING = "1"


@dataclass(frozen=True)
class Note:
    """One entry that the call must leave in the debugger log."""

    code: int
    at: str | None = ""
    """The text in the first document where it points to: "" the row's own element, None nowhere."""
    level: Level = Level.WARNING
    says: str = ""
    """What its text holds."""


@dataclass(frozen=True)
class Talk:
    """The caller makes a tone."""

    hz: int
    lasts_s: float


@dataclass(frozen=True)
class Speak:
    """The caller says something, in another voice than the node's (espeak-ng)."""

    text: str


@dataclass(frozen=True)
class Wait:
    """The caller is silent."""

    lasts_s: float


@dataclass(frozen=True)
class Press:
    """The caller presses keys: `0-9 * # A-D`, `w` waits half a second, `W` a whole one."""

    keys: str


@dataclass(frozen=True)
class Refers:
    """The phone asks the node to transfer the other side (REFER)."""

    to: str
    """A URI."""


Act = Talk | Speak | Wait | Press | Refers


@dataclass(frozen=True)
class Caller:
    """What the caller does once answered."""

    does: tuple[Act, ...] = ()
    """One after the other."""
    follows: Says | None = None
    """What it says when it is referred; None refuses with 403."""
    stays_s: float = 50.0
    """Hangs up, or gives up, this long after dialling."""


@dataclass(frozen=True)
class Companion(Caller):
    """A further caller of the row's; its first document is the one of its name."""

    after_s: float = 2.0
    """Dials this long after the row's caller has dialled."""


@dataclass(frozen=True)
class Callee:
    """What a phone does that a Dial calls."""

    status: int = 200
    """Its final response."""
    rings_s: float | None = 0.3
    """How long it rings; None until the node gives up."""
    announces: Talk | None = None
    """Early media, half a second after it began to ring."""
    does: tuple[Act, ...] = ()
    """Once answered, one after the other."""
    stays_s: float = 50.0
    """Hangs up this long after its answer."""
    password: str = ""
    """Answers 401 to who has no digest of `callee` and this."""
    is_registered: bool = False
    """Whether it registers as `{name:user}` before the call."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of its final response."""


@dataclass(frozen=True)
class Row:
    """One case of one attribute."""

    verb: str
    """The element; `Dial`'s nouns and their children by their own names."""
    attribute: str
    """Its name; `text` is the content of the element."""
    case: Case
    shows: str
    """What this row shows, as the end of its test's name."""
    document: str
    """Inside `<Response>`, of the first document."""
    expect: tuple[Expectation, ...]
    then: Mapping[str, str] = field(default_factory=lambda: MappingProxyType[str, str]({}))
    """Inside `<Response>`, of the documents that follow, by path; one that is not here is `<Hangup/>`.
    A path with a blank and a number, `voice 2`, is what is answered when it is asked for the second time."""
    caller: Caller = Caller()
    callees: Mapping[str, Callee] = field(default_factory=lambda: MappingProxyType[str, Callee]({}))
    companions: Mapping[str, Companion] = field(default_factory=lambda: MappingProxyType[str, Companion]({}))
    """Further callers by their names: letters alone."""
    number: bool = False
    """Whether the row has an own number; what it answers with is the document `number`."""
    application: bool = False
    """Whether the row has an application of its own; its first document is `application`."""
    notes: tuple[Note, ...] = ()
    """All that the call leaves in the debugger log, in order."""
    root: str = ""
    """The attributes of `<Response>`."""
    lasts_s: float = 6.0
    """About how long its call is: the longest begin first."""
    state: State = WORKS

    @property
    def name(self) -> str:
        """Names the test."""
        return f"{self.verb} {self.attribute} {self.case}: {self.shows}"

    @property
    def has_speech(self) -> bool:
        """Whether somebody is to be understood."""
        acts = (*self.caller.does, *(act for callee in self.callees.values() for act in callee.does))
        return any(isinstance(act, Speak) for act in acts)

    @property
    def requests(self) -> int:
        """How many requests it waits for, the one for the first document included."""
        return 1 + sum(each.requests for each in self.expect)
