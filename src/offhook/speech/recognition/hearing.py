"""One caller listened to by an engine that recognises whole pieces of speech, as Whisper does.

    frames -> voice activity -> utterances -> pieces -> the engine, one after the other -> words

An utterance is cut into pieces where the caller pauses, and after 14 s where there was no pause. While the
engine has nothing else to do, the piece so far is recognised as well: as a partial result where those are
wanted, and in a pause, because it will be the final one when nothing more is said. While others wait partial
results are rarer. Made by `whisper.py`;
implements `ports.Hearing`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from offhook.speech.ports import (
    FRAME_BYTES,
    FRAME_MS,
    HEARD_BEHIND_S,
    Heard,
    HearingEvent,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)
from offhook.speech.recognition.endpointer import ONSET_OF, Endpointer, EndpointerState, Turn
from offhook.speech.recognition.frame import Piece, Words
from offhook.speech.recognition.news import HearingNews
from offhook.speech.recognition.profanity import masked
from offhook.speech.recognition.voice_activity import VoiceActivity

END_SILENCE_MS: Final = 700
"""Silence that ends an utterance where nobody says otherwise: longer than a pause within a sentence."""
PIECE_PAUSE_MS: Final = 700
"""Silence at which an utterance is cut, though it may go on."""
PIECE_MAX_MS: Final = 14_000
"""What the engine takes at once."""
CUT_BACK_MS: Final = 3_000
"""How far back a pause is looked for when a piece has become too long."""
LEAD_MS: Final = 300
"""Audio before the first voice: a soft beginning is no voice yet."""
LEAD_FRAMES: Final = LEAD_MS // FRAME_MS
TRAIL_MS: Final = 300
"""And behind the last one."""
PARTIAL_EVERY_MS: Final = 500
"""New speech that makes another partial result worth it."""
PARTIAL_BEHIND: Final = 4
"""Pieces of others that may wait while one more partial result is made."""
PARTIAL_SELDOM_MS: Final = 2_000
"""New speech after which one is made although others wait."""
DRAFT_PAUSE_MS: Final = 240
"""Silence after which a piece may be whole."""


class Engine(Protocol):
    """Recognises pieces."""

    @property
    def waiting(self) -> int:
        """Pieces that wait for it, the one that it has included."""
        ...

    async def recognise(self, piece: Piece) -> Words:
        """The words of a piece. Raises: RecognitionError."""
        ...


@dataclass
class _Utterance:
    start_ms: int
    end_ms: int | None = None
    """None while it goes on."""
    words: list[tuple[Words, int]] = field(default_factory=list)
    """Of each piece so far, with its length in bytes."""
    lost: RecognitionError | None = None


@dataclass
class _Piece:
    utterance: _Utterance
    ulaw: bytes
    number: int
    """Of all pieces of this hearing."""
    voice_to: int
    """Frames of it up to its last voice."""
    is_last: bool
    """Whether the utterance is over with it."""


@dataclass
class _Draft:
    """What a piece was understood to say before it was whole."""

    number: int
    frames: int
    """How much of it was there."""
    words: Words

    def covers(self, piece: _Piece) -> bool:
        """Whether nothing was said in the piece since."""
        return self.number == piece.number and self.frames > piece.voice_to


class PieceHearing:
    """Implements `ports.Hearing`."""

    def __init__(
        self,
        engine: Engine,
        options: Listening,
        remarks: tuple[str, ...],
        forget: Callable[["PieceHearing"], None],
        is_voice: Callable[[bytes], bool] | None = None,
    ) -> None:
        """forget: told when it is closed. is_voice: whether a frame has voice; None is the detector."""
        self._engine = engine
        self._options = options
        self.remarks = remarks
        self._forget = forget
        self._is_voice = is_voice or VoiceActivity().is_voice
        self._endpointer = Endpointer(options.end_silence_ms or END_SILENCE_MS)
        self._lead: deque[bytes] = deque(maxlen=LEAD_FRAMES + ONSET_OF)
        self._frames: list[bytes] = []
        """Of the piece that grows."""
        self._pauses: list[int] = []
        """Frames of it that have no voice, by number."""
        self._voice_to = 0
        """Frames of it up to its last voice; 0 while there was none."""
        self._utterance: _Utterance | None = None
        self._pieces: deque[_Piece] = deque()
        self._news = HearingNews(self.close)
        self._work = asyncio.Event()
        self._number = 0
        """Of the piece that grows."""
        self._drafted = 0
        """Frames of it at the last draft."""
        self._draft: _Draft | None = None
        self._partial = ""
        self._is_finished = False
        self._worker = asyncio.create_task(self._recognise(), name="speech-hearing")

    # What is heard

    def hear(self, ulaw: bytes) -> None:
        """Take the next frame."""
        if self._is_finished:
            return
        if len(ulaw) != FRAME_BYTES:
            raise ValueError(f"a frame of {len(ulaw)} bytes")
        is_voice = self._is_voice(ulaw)
        turn = self._endpointer.hear(is_voice=is_voice)
        if turn is Turn.BEGAN:
            self._begin()
        if self._utterance is None:
            self._lead.append(ulaw)
            return
        self._frames.append(ulaw)
        if self._endpointer.end_ms == self._endpointer.now_ms:  # voice that counts
            if not self._voice_to:
                self._frames, self._pauses = self._frames[-LEAD_FRAMES - 1 :], []
            self._voice_to = len(self._frames)
        elif not is_voice:
            self._pauses.append(len(self._frames))
        if turn is Turn.ENDED:
            self._end()
        elif self._voice_to and self._endpointer.pause_ms >= PIECE_PAUSE_MS:
            self._cut(len(self._frames))
        elif len(self._frames) * FRAME_MS >= PIECE_MAX_MS:
            self._cut(self._last_pause())
        elif self._wants_draft:
            self._work.set()

    def finish(self) -> None:
        """No more audio comes."""
        if self._is_finished:
            return
        self._is_finished = True
        if self._utterance is not None:
            self._endpointer.finish()
            self._end()
        self._work.set()

    def close(self) -> None:
        """Stop listening."""
        self._is_finished = True
        self._worker.cancel()
        self._pieces.clear()
        self._news.drop()
        self._forget(self)

    def _begin(self) -> None:
        self._utterance = _Utterance(self._endpointer.start_ms)
        since_ms = self._endpointer.now_ms - self._endpointer.start_ms
        self._frames = list(self._lead)[-(LEAD_FRAMES + since_ms // FRAME_MS - 1) :]
        self._lead.clear()
        self._pauses, self._voice_to = [], len(self._frames) + 1
        self._next_piece()
        self._news.tell(SpeechBegan(self._endpointer.start_ms))

    def _end(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return
        utterance.end_ms = self._endpointer.end_ms
        self._news.tell(SpeechEnded(self._endpointer.end_ms))
        self._queue(utterance, self._taken(len(self._frames)), is_last=True)
        self._lead.extend(self._frames)
        self._frames = []

    def _cut(self, at: int) -> None:
        """Make a piece of so many frames; the utterance goes on with the others."""
        if self._utterance is None:
            return
        self._queue(self._utterance, self._taken(at), is_last=False)
        self._pauses = [frame - at for frame in self._pauses if frame > at]
        silence_from = max(at, self._voice_to)
        self._voice_to = max(self._voice_to - at, 0)
        self._frames = self._frames[at:] if self._voice_to else self._frames[silence_from:][-LEAD_FRAMES:]
        self._next_piece()

    def _taken(self, at: int) -> bytes:
        """The piece up to a frame, without most of the silence behind it."""
        if not self._voice_to:
            return b""
        return b"".join(self._frames[: min(at, self._voice_to + TRAIL_MS // FRAME_MS)])

    def _last_pause(self) -> int:
        """Where a piece that has become too long is cut: at its last pause, else here."""
        count = len(self._frames)
        earliest = count - CUT_BACK_MS // FRAME_MS
        return next((frame for frame in reversed(self._pauses) if frame >= earliest), count)

    def _queue(self, utterance: _Utterance, ulaw: bytes, *, is_last: bool) -> None:
        waiting = sum(len(piece.ulaw) for piece in self._pieces) + len(ulaw)
        if waiting > HEARD_BEHIND_S * 1000 // FRAME_MS * FRAME_BYTES:
            utterance.lost = RecognitionError(f"{HEARD_BEHIND_S} s of speech wait to be recognised already")
            ulaw = b""
        if ulaw or is_last:
            self._pieces.append(_Piece(utterance, ulaw, self._number, self._voice_to, is_last))
            self._work.set()

    def _next_piece(self) -> None:
        self._number += 1
        self._drafted, self._partial = 0, ""

    # What is understood

    async def next(self) -> HearingEvent | None:
        """What happened next. Raises: RecognitionError."""
        return await self._news.next()

    async def _recognise(self) -> None:
        """The worker: pieces in order, a partial result where there is none."""
        while True:
            if self._pieces:
                await self._recognise_piece(self._pieces.popleft())
            elif self._is_finished:
                break
            elif self._wants_draft:
                await self._recognise_so_far()
            else:
                self._work.clear()
                await self._work.wait()
        self._news.end()

    async def _recognise_piece(self, piece: _Piece) -> None:
        utterance = piece.utterance
        if piece.ulaw and utterance.lost is None:
            try:
                if self._draft is not None and self._draft.covers(piece):
                    words = self._draft.words
                else:
                    words = await self._engine.recognise(self._piece(piece.ulaw))
                utterance.words.append((words, len(piece.ulaw)))
            except RecognitionError as error:
                utterance.lost = error
        if not piece.is_last:
            return
        if utterance.lost is not None:
            self._news.tell(utterance.lost)
            return
        text, confidence = _joined(utterance.words)
        start_ms, end_ms = utterance.start_ms, utterance.end_ms or 0
        self._news.tell(Heard(self._shown(text), confidence, True, None, start_ms, end_ms))

    @property
    def _wants_draft(self) -> bool:
        if self._endpointer.state is not EndpointerState.SPEAKING or not self._voice_to:
            return False
        if self._drafted > self._voice_to:
            return False  # nothing was said since the last one
        new_ms, waiting = (len(self._frames) - self._drafted) * FRAME_MS, self._engine.waiting
        if not waiting and self._endpointer.pause_ms >= DRAFT_PAUSE_MS:
            return True
        due_ms = PARTIAL_SELDOM_MS if waiting else PARTIAL_EVERY_MS
        return self._options.wants_partials and new_ms >= due_ms and waiting <= PARTIAL_BEHIND

    async def _recognise_so_far(self) -> None:
        utterance, number, count = self._utterance, self._number, len(self._frames)
        if utterance is None:
            return
        self._drafted = count
        ulaw = b"".join(self._frames)
        try:
            words = await self._engine.recognise(self._piece(ulaw))
        except RecognitionError:
            return  # it will be recognised again, whole
        self._draft = _Draft(number, count, words)
        if self._number != number or utterance is not self._utterance:
            return  # over meanwhile: the final one is on its way
        if words.text and self._options.wants_partials:
            self._tell_partial(utterance, words, len(ulaw))

    def _tell_partial(self, utterance: _Utterance, words: Words, length: int) -> None:
        text, _ = _joined([*utterance.words, (words, length)])
        stability = agreement(self._partial, words.text)
        self._partial = words.text
        end_ms = self._endpointer.end_ms
        self._news.tell(Heard(self._shown(text), None, False, stability, utterance.start_ms, end_ms))

    def _piece(self, ulaw: bytes) -> Piece:
        return Piece(ulaw, self._options.language, self._options.hints)

    def _shown(self, text: str) -> str:
        return masked(text) if self._options.profanity_filter else text


def _joined(words: list[tuple[Words, int]]) -> tuple[str, float]:
    """The text of all pieces, and how sure it is, by their lengths."""
    said = [(each, length) for each, length in words if each.text]
    total = sum(length for _, length in said)
    if not total:
        return "", 0.0
    text = " ".join(each.text for each, _ in said)
    return text, sum(each.confidence * length for each, length in said) / total


def agreement(before: str, now: str) -> float:
    """How much of a partial result was there in the one before: 0 nothing to 1 all, word by word."""
    old, new = _plain(before), _plain(now)
    same = 0
    for first, second in zip(old, new, strict=False):
        if first != second:
            break
        same += 1
    return round(same / len(new), 3) if new else 0.0


def _plain(text: str) -> list[str]:
    return [word.strip(".,!?").lower() for word in text.split()]
