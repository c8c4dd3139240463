"""What a row expects: of the requests, the sound, the keys, the answer, the end, the phones that were called.

Moments are seconds from the answer of the caller's phone, as in `seen.py`, and lengths of time seconds. Both
may be late, and a little early where their beginning was noted late: the machine that runs the tests is busy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import log10
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np

from offhook.call.leg_state import LegCause
from offhook.speech.ports import Utterance
from tests.contract.twiml.seen import PhoneSide, Seen, WebRequest
from tests.support.sound import FRAME, RATE_HZ, Samples, Span, likeness, places, spans, spoken

EARLY_S: Final = 0.5
LATE_S: Final = 0.9
"""Less than the difference of any two moments that a row tells apart, which is a second."""
BETWEEN_TONES_S: Final = 0.6
"""Pause that a busy machine may make between two tones that are one sound of a recording."""
CLEAR_S: Final = 0.5
"""Of a shorter sound a packet that comes too late blurs the frequencies."""
WORDS_S: Final = 0.15
"""More than the pause between two words, less than that at a comma."""
PAUSE_EARLY_S: Final = 0.08
PAUSE_LATE_S: Final = 0.25
PAUSE_LATE_PART: Final = 0.05
"""A word begins and ends softly, so that a pause seems longer; packets that are late make it so."""
LENGTH_PART: Final = 0.2
"""A tenth is the voice's; what is heard in place of packets that are late is the rest."""
SOFTEST: Final = 0.05
"""Of the loudest frame, however loud that is."""
LEVEL_DB: Final = 1.5
"""Slow speech has longer pauses between its words, fast speech shorter ones."""
ANY: Final = "*"
"""A parameter that is there, whatever it says."""
ABSENT: Final = None
"""A parameter that is not there."""


class Expectation(Protocol):
    """Something that must be true of a call."""

    @property
    def requests(self) -> int:
        """How many requests to the application it speaks of."""

    def check(self, seen: Seen) -> None:
        """Raises: AssertionError."""


Expectations = tuple[Expectation, ...]


@dataclass(frozen=True)
class Seconds:
    """A parameter in whole seconds: so many, or one more."""

    at_least: int


@dataclass(frozen=True)
class Words:
    """A parameter with these words in this order, whatever marks and capitals it has; `...` after a part."""

    words: str

    def are_in(self, text: str) -> bool:
        """Whether it says so."""
        said = re.findall(r"[a-z0-9'*]+", text.lower())
        wanted = self.words.removesuffix(" ...").lower().split()
        return said[: len(wanted)] == wanted if self.words.endswith(" ...") else said == wanted


Value = str | Seconds | Words | None
Parameters = Mapping[str, Value]
NOTHING: Final = MappingProxyType[str, Value]({})


def near(seen: float, wanted: float, what: str) -> None:
    """Raises: AssertionError unless the two are the same moment."""
    assert -EARLY_S <= seen - wanted <= LATE_S, f"{what}: {seen:.2f} s, not {wanted:.2f} s"


@dataclass(frozen=True)
class Request:
    """One request that the application must get."""

    path: str
    has: Parameters = field(default_factory=lambda: NOTHING)
    """Parameters with their values, `Seconds`, `ANY` or `ABSENT`; `{number}` is the row's own number."""
    method: str = "POST"
    at_s: float | None = None
    """When; None where that is not the point."""

    def check(self, request: WebRequest, seen: Seen) -> None:
        """Raises: AssertionError."""
        assert (request.path, request.method) == (self.path, self.method)
        for name, value in self.has.items():
            got = request.parameters.get(name)
            if value == ANY:
                assert got is not None, f"{name} is missing in {request.parameters}"
            elif isinstance(value, Seconds):
                assert got in (str(value.at_least), str(value.at_least + 1)), f"{name} is {got!r}"
            elif isinstance(value, Words):
                assert value.are_in(got or ""), f"{name} is {got!r}, not {value.words!r}"
            else:
                wanted = None if value is None else value.replace("{number}", seen.number)
                assert got == wanted, f"{name} is {got!r}, not {wanted!r}"
        if self.at_s is not None:
            near(seen.since(request.at), self.at_s, f"the request for {self.path}")


def _check_all(wanted: tuple[Request, ...], got: list[WebRequest], seen: Seen) -> None:
    assert [each.path for each in got] == [each.path for each in wanted]
    for request, expected in zip(got, wanted, strict=True):
        expected.check(request, seen)


@dataclass(frozen=True)
class Asks:
    """All documents that are asked for after the first, in order."""

    wanted: tuple[Request, ...]

    @property
    def requests(self) -> int:
        """As Expectation says."""
        return len(self.wanted)

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        asked = [each for each in seen.requests if not each.path.startswith("news")]
        _check_all(self.wanted, asked[1:], seen)


@dataclass(frozen=True)
class Tells:
    """All callbacks to one path, in order."""

    path: str
    wanted: tuple[Request, ...]
    further: bool = False
    """Whether more may follow."""

    @property
    def requests(self) -> int:
        """As Expectation says."""
        return len(self.wanted)

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        got = [each for each in seen.requests if each.path == self.path]
        _check_all(self.wanted, got[: len(self.wanted)] if self.further else got, seen)


@dataclass(frozen=True)
class NoRequests:
    """What most expectations are about."""

    @property
    def requests(self) -> int:
        """None that is waited for."""
        return 0


@dataclass(frozen=True)
class Sound:
    """A stretch of sound."""

    begins_s: float
    lasts_s: float
    hz: frozenset[int]
    """The frequencies of a tone; empty for speech."""

    def check(self, span: Span) -> None:
        """Raises: AssertionError."""
        near(span.begins_s, self.begins_s, f"the beginning of {span}")
        near(span.lasts_s, self.lasts_s, f"the length of {span}")
        if self.hz and span.lasts_s >= CLEAR_S:
            assert all(any(abs(got - hz) <= 20 for hz in self.hz) for got in span.hz), span
            assert all(any(abs(got - hz) <= 20 for got in span.hz) for hz in self.hz), span


def tone(begins_s: float, lasts_s: float, *hz: int) -> Sound:
    """A tone, or several at once."""
    return Sound(begins_s, lasts_s, frozenset(hz))


@dataclass(frozen=True)
class Hears(NoRequests):
    """All that a phone hears."""

    sounds: tuple[Sound, ...]
    callee: str = ""
    """Which phone; "" is the caller's."""
    gap_s: float = 0.3
    """Pauses shorter than this are part of a sound."""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        got = spans(_heard(seen, self.callee), self.gap_s)
        assert len(got) == len(self.sounds), got
        for span, sound in zip(got, self.sounds, strict=True):
            sound.check(span)


@dataclass(frozen=True)
class HearsSaid(NoRequests):
    """A phone hears a text spoken, so many times, and nothing else."""

    text: str
    times: int = 1
    callee: str = ""
    after_s: float = 0.0
    """What was heard before that is not the point."""
    voice: str = ""
    language: str = "en-US"
    pitch: float = 1.0

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        said = _said(self.text, self.voice, self.language, self.pitch)
        heard = _heard(seen, self.callee)[round(self.after_s * RATE_HZ) :]
        found = places(heard, said)
        assert len(found) == self.times, f"at {found}, at best {likeness(heard, said):.2f} like it"
        sound = sum(each.lasts_s for each in spans(heard))
        near(sound, self.times * sum(each.lasts_s for each in spans(said)), "all that is heard")


@dataclass(frozen=True)
class HearsSpeech(NoRequests):
    """A phone hears somebody speak, whatever is said, for some seconds in all."""

    at_least_s: float
    callee: str = ""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        got = sum(each.lasts_s for each in spans(_heard(seen, self.callee)))
        assert got >= self.at_least_s, got


@dataclass(frozen=True)
class HearsPause(NoRequests):
    """A phone hears words, a pause of this length, and words again."""

    lasts_s: float

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        got = spans(_heard(seen, ""), WORDS_S)
        assert len(got) == 2, got
        pause = got[1].begins_s - got[0].ends_s
        late_s = PAUSE_LATE_S + PAUSE_LATE_PART * self.lasts_s
        assert -PAUSE_EARLY_S <= pause - self.lasts_s <= late_s, f"{pause:.2f} s, not {self.lasts_s:.2f} s"


@dataclass(frozen=True)
class HearsManner(NoRequests):
    """A phone hears a text, so much longer and louder than the voice says it of itself."""

    text: str
    times_as_long: float = 1.0
    louder_db: float = 0.0

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        heard, said = (_manner(each) for each in (_heard(seen, ""), _said(self.text)))
        longer, louder_db = heard[0] / said[0], heard[1] - said[1]
        assert abs(longer / self.times_as_long - 1) <= LENGTH_PART, f"{longer:.2f} times as long"
        assert abs(louder_db - self.louder_db) <= LEVEL_DB, f"{louder_db:+.1f} dB"


def _manner(samples: Samples) -> tuple[float, float]:
    """How long there is sound, in seconds, and its level, in decibels.

    Without the pauses: a packet that comes too late makes one.
    """
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt(np.mean(frames**2, axis=1))
    sound = frames[level > SOFTEST * np.max(level)]
    return len(sound) * FRAME / RATE_HZ, 10 * log10(float(np.mean(sound**2)))


@lru_cache
def _said(text: str, voice: str = "", language: str = "en-US", pitch: float = 1.0) -> Samples:
    return spoken(Utterance(text, language, voice, pitch=pitch))


def _heard(seen: Seen, callee: str) -> Samples:
    side = _side(seen, callee)
    assert side.heard is not None, "it was never answered"
    return side.heard


def _side(seen: Seen, callee: str) -> PhoneSide:
    if not callee:
        return seen.caller
    if callee in seen.companions:
        return seen.companions[callee]
    assert seen.callees.get(callee), f"{callee} was never called"
    return seen.callees[callee][-1]


@dataclass(frozen=True)
class HearsKeys(NoRequests):
    """The keys that a phone hears, and how long after its answer the last one comes."""

    keys: str
    last_at_s: float | None = None
    callee: str = ""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        side = _side(seen, self.callee)
        assert "".join(each.digit for each in side.keys) == self.keys
        if self.last_at_s is not None:
            assert side.answered is not None
            near(side.keys[-1].at - side.answered, self.last_at_s, "the last key")


@dataclass(frozen=True)
class Ends(NoRequests):
    """How the caller's call ends, and when."""

    at_s: float | None = None
    by_caller: bool = False

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        caller = seen.caller
        assert caller.answered is not None, f"it was never answered: {caller.end}"
        assert caller.end is not None
        wanted = LegCause.HUNG_UP_HERE if self.by_caller else LegCause.HUNG_UP_THERE
        assert caller.end.cause is wanted, caller.end
        if self.at_s is not None:
            assert caller.ended is not None
            near(seen.since(caller.ended), self.at_s, "the end of the call")


@dataclass(frozen=True)
class IsReferred(NoRequests):
    """The caller is asked to call somebody else."""

    to: str
    """The value of Refer-To."""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        assert seen.caller.referred_to == [self.to]


@dataclass(frozen=True)
class Transfers(NoRequests):
    """What a phone is told of its own REFER."""

    refer_status: int
    notify_status: int | None = None
    callee: str = ""
    """Which phone; "" is the caller's."""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        refer = _side(seen, self.callee).refer
        assert refer is not None, "it sent no REFER"
        assert (refer.refer_status, refer.notify_status) == (self.refer_status, self.notify_status)


@dataclass(frozen=True)
class Refuses(NoRequests):
    """The call is refused, unanswered."""

    status: int
    call_status: str

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        assert seen.caller.answered is None
        assert seen.caller.end is not None
        assert seen.caller.end.sip_status == self.status
        assert seen.calls[0]["status"] == self.call_status


@dataclass(frozen=True)
class AnswersAfter(NoRequests):
    """How long the caller's phone rings."""

    seconds: float

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        assert seen.caller.answered is not None, f"it was never answered: {seen.caller.end}"
        near(seen.caller.answered - seen.caller.began, self.seconds, "the answer")


@dataclass(frozen=True)
class Called(NoRequests):
    """The calls that a callee got."""

    name: str
    times: int = 1
    headers: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType[str, str | None]({}))
    """What the last INVITE holds; None for a header that it does not."""
    from_user: str | None = None
    uri_holds: str = ""
    cause: LegCause | None = None
    """How its last call ended."""
    rings_s: float | None = None
    """How long it rang."""
    talks_s: float | None = None
    """From its answer to its end."""
    at_s: float | None = None
    """When the last INVITE came."""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        calls = seen.callees.get(self.name, [])
        assert len(calls) == self.times
        if not calls:
            return
        last = calls[-1]
        invite = last.invites[-1]
        for name, value in self.headers.items():
            assert invite.headers.get(name) == value, (name, invite.headers.fields)
        if self.from_user is not None:
            assert invite.from_.uri.username == self.from_user, invite.from_
        assert self.uri_holds in str(invite.request_uri)
        if self.cause is not None:
            assert last.end is not None, "it is still called"
            assert last.end.cause is self.cause, last.end
        if self.rings_s is not None:
            over = last.answered if last.answered is not None else last.ended
            assert over is not None
            near(over - last.began, self.rings_s, f"the ringing of {self.name}")
        if self.talks_s is not None:
            assert last.answered is not None
            assert last.ended is not None
            near(last.ended - last.answered, self.talks_s, f"the talk of {self.name}")
        if self.at_s is not None:
            near(seen.since(last.began), self.at_s, f"the call of {self.name}")


@dataclass(frozen=True)
class Records(NoRequests):
    """The one recording that is kept: its tracks, each with the sounds on it."""

    tracks: tuple[tuple[Sound, ...], ...]
    lasts_s: float | None = None

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        (tracks,) = seen.recordings.values()
        assert len(tracks) == len(self.tracks)
        if self.lasts_s is not None:
            near(len(tracks[0]) / RATE_HZ, self.lasts_s, "the recording")
        for got, wanted in zip(tracks, self.tracks, strict=True):
            found = spans(got, BETWEEN_TONES_S)
            assert len(found) == len(wanted), found
            for span, sound in zip(found, wanted, strict=True):
                sound.check(span)


@dataclass(frozen=True)
class IsPassedOn(NoRequests):
    """The recording server has one session of the call, with these streams: 1 the caller, 2 the rest."""

    labels: tuple[str, ...]

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        assert seen.passed_on == ([self.labels] if self.labels else [])


@dataclass(frozen=True)
class RecordsNothing(NoRequests):
    """No recording is kept."""

    def check(self, seen: Seen) -> None:
        """As Expectation says."""
        assert seen.recordings == {}


def asks(*wanted: Request) -> Asks:
    """These documents are asked for after the first, and no other."""
    return Asks(wanted)


def tells(path: str, *wanted: Parameters, method: str = "POST") -> Tells:
    """These callbacks come to a path, and no other."""
    return Tells(path, tuple(Request(path, has, method) for has in wanted))


def hears(*sounds: Sound, callee: str = "", gap_s: float = 0.3) -> Hears:
    """A phone hears these sounds, and no other."""
    return Hears(sounds, callee, gap_s)


def records(*tracks: tuple[Sound, ...], lasts_s: float | None = None) -> Records:
    """One recording is kept, with these sounds on each of its tracks."""
    return Records(tracks, lasts_s)
