"""What the agent is to say, play and press, in order: the queue of a ConversationRelay session.

    text tokens -> clauses --+
    play, sendDigits --------+--> items -> given to the mouth -> begun -> ended
                                     |        each ends exactly once, or is dropped
       a later cycle: those that are preemptible are dropped
       an interruption: all are

The mouth (`verbs/connecting/`) makes sound of a few items ahead and lets one be heard at a time. A talk cycle
is all text up to `last`, or one file. Pure: no clock; times are given. Used by `conversation_relay.py`.
Source: reference/twiml 10.3.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from offhook.stream.clauses import ClauseCutter
from offhook.stream.relay_message import Interruptible, Play, SendDigits, Text

ITEMS_MAX: Final = 512
"""Items that wait. Ours: an hour of sentences."""
CHARACTERS_MAX: Final = 65_536
"""Characters of text that wait. Ours: an hour and a half of speech."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A clause to speak."""

    text: str
    language: str
    """BCP 47 tag."""


@dataclass(frozen=True, slots=True)
class Playing:
    """A file to play."""

    source: str
    loops: int


@dataclass(frozen=True, slots=True)
class Pressing:
    """Keys to press."""

    digits: str


@dataclass(slots=True)
class Item:
    """One thing of the queue, from its message to its end."""

    item_id: int
    what: Saying | Playing | Pressing
    cycle: int
    interruptible: Interruptible
    preemptible: bool
    length_ms: int = 0
    """Of its sound, once it has begun."""
    began: float | None = None
    """Seconds; None before."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """What was heard of a talk cycle that was interrupted."""

    utterance: str
    """Its words so far."""
    duration_ms: int
    """Since its first sound."""


class QueueFullError(Exception):
    """So much waits already: the message is not taken."""


@dataclass(slots=True)
class _Cycle:
    """The talk cycle that is heard."""

    number: int = -1
    began: float = 0.0
    heard: list[str] = field(default_factory=list)
    """Clauses that were heard to their end."""


class TalkQueue:
    """The items that are not over. Whoever adds to it then takes what `poll_item` and `poll_dropped` give."""

    def __init__(self, interruptible: Interruptible, *, preemptible: bool) -> None:
        """Of messages that do not say otherwise."""
        self._interruptible = interruptible
        self._preemptible = preemptible
        self._cutter = ClauseCutter()
        self._written: Text | None = None
        """The last token of an open cycle, by whose manner the rest is spoken; None when none is open."""
        self._is_cut = False
        """Whether the open cycle was interrupted."""
        self._language = ""
        self._cycles = count()
        self._cycle = next(self._cycles)
        self._ids = count(1)
        self._waiting: deque[Item] = deque()
        self._given: deque[Item] = deque()
        self._dropped: list[int] = []
        self._heard = _Cycle()

    # What is asked

    def add_text(self, text: Text, language: str) -> None:
        """Take a token. language: in force where it names none. Raises: QueueFullError."""
        self._check_room(len(text.token))
        language = text.lang or language
        if self._written is None:
            if not text.token and not text.last:
                return
            self._begin_cycle()
        elif language != self._language:
            self._say(self._cutter.rest(), self._written)
        self._written, self._language = text, language
        for clause in self._cutter.add(text.token):
            self._say(clause, text)
        if text.last:
            self._close_cycle(text)

    def add_greeting(self, words: str, language: str, interruptible: Interruptible) -> None:
        """Take the greeting of the document, a cycle of its own."""
        self.add_text(Text(words, last=True, interruptible=interruptible, preemptible=False), language)

    def add_play(self, play: Play) -> None:
        """Take a file, which closes an open cycle. Raises: QueueFullError."""
        self._check_room(0)
        self.flush()
        self._written = None
        self._begin_cycle()
        interruptible = self._interruptible if play.interruptible is None else play.interruptible
        self._add(Playing(play.source, play.loop), interruptible, preemptible=play.preemptible)

    def add_digits(self, digits: SendDigits) -> None:
        """Take keys, behind what is said before them. Raises: QueueFullError."""
        self._check_room(0)
        self.flush()
        self._add(Pressing(digits.digits), self._interruptible, preemptible=False)

    def flush(self) -> None:
        """Say what is not cut off yet: something else follows, or nothing for some time."""
        if self._written is not None:
            self._say(self._cutter.rest(), self._written)

    def forget_the_rest(self) -> None:
        """The caller has said something else: what is left unsaid of a cycle that was cut is out of date."""
        if self._is_cut:
            self._cutter.rest()
            self._written = None
            self._is_cut = False

    # What happens

    def handle_begun(self, item_id: int, length_ms: int, now: float) -> None:
        """An item is heard from now on."""
        item = self._find(item_id)
        if item is None:
            return
        item.began, item.length_ms = now, length_ms
        if isinstance(item.what, Saying) and item.cycle != self._heard.number:
            self._heard = _Cycle(item.cycle, now)

    def handle_ended(self, item_id: int) -> Item | None:
        """An item is over; which one, None for one that was dropped."""
        item = self._find(item_id)
        if item is None:
            return None
        self._given.remove(item)
        if isinstance(item.what, Saying) and item.began is not None:
            self._heard.heard.append(item.what.text)
        return item

    def interrupt(self, now: float) -> CutShort:
        """Drop everything; what was heard of the cycle that was."""
        heard: list[str] = []
        began: float | None = None
        current = next((item for item in self._given if item.began is not None), None)
        if current is not None and current.began is not None:
            if current.cycle == self._heard.number:
                heard, began = self._heard.heard, self._heard.began
            if isinstance(current.what, Saying):
                part = (now - current.began) * 1000 / current.length_ms if current.length_ms else 0.0
                heard = [*heard, _begun_of(current.what.text, part)]
            else:
                began = current.began
        elif self._heard.number in {item.cycle for item in (*self._given, *self._waiting)}:
            heard, began = self._heard.heard, self._heard.began  # between two clauses
        self._drop(lambda item: True)
        self._cutter.rest()
        self._is_cut = self._written is not None
        self._heard = _Cycle()
        duration_ms = round((now - began) * 1000) if began is not None else 0
        return CutShort(" ".join(filter(None, heard)), duration_ms)

    # What is told

    def poll_item(self) -> Item | None:
        """The next one for the mouth."""
        if not self._waiting:
            return None
        item = self._waiting.popleft()
        self._given.append(item)
        return item

    def poll_dropped(self) -> tuple[int, ...]:
        """Items that the mouth has and must not let be heard any more."""
        dropped, self._dropped = tuple(self._dropped), []
        return dropped

    @property
    def current(self) -> Item | None:
        """What is heard, or is next."""
        return self._given[0] if self._given else self._waiting[0] if self._waiting else None

    @property
    def has_open_rest(self) -> bool:
        """Whether words wait for the end of their clause."""
        return bool(self._cutter.waiting.strip())

    def _check_room(self, characters: int) -> None:
        items = (*self._given, *self._waiting)
        waiting = sum(len(item.what.text) for item in items if isinstance(item.what, Saying))
        if len(items) >= ITEMS_MAX or waiting + characters > CHARACTERS_MAX:
            raise QueueFullError(f"{len(items)} things with {waiting} characters wait to be said already")

    def _begin_cycle(self) -> None:
        self._drop(lambda item: item.preemptible)
        self._cycle = next(self._cycles)
        self._is_cut = False

    def _close_cycle(self, text: Text) -> None:
        self._say(self._cutter.rest(), text)
        self._written = None
        self._is_cut = False

    def _say(self, clause: str, text: Text) -> None:
        if not clause:
            return
        self._add(
            Saying(clause, self._language),
            self._interruptible if text.interruptible is None else text.interruptible,
            preemptible=self._preemptible if text.preemptible is None else text.preemptible,
        )

    def _add(
        self, what: Saying | Playing | Pressing, interruptible: Interruptible, *, preemptible: bool
    ) -> None:
        self._waiting.append(Item(next(self._ids), what, self._cycle, interruptible, preemptible))

    def _drop(self, is_to_go: Callable[[Item], bool]) -> None:
        self._dropped += [item.item_id for item in self._given if is_to_go(item)]
        self._given = deque(item for item in self._given if not is_to_go(item))
        self._waiting = deque(item for item in self._waiting if not is_to_go(item))

    def _find(self, item_id: int) -> Item | None:
        return next((item for item in self._given if item.item_id == item_id), None)


def _begun_of(text: str, part: float) -> str:
    """The whole words of that part of a text."""
    if part >= 1:
        return text
    at = int(len(text) * max(part, 0.0))
    blank = text.rfind(" ", 0, at + 1)
    return text[:blank] if blank > 0 else ""
