"""A recogniser that understands what the test tells it to, whatever the audio.

recognizer.hearings[0].say("two pieces of cake", 0.9)   # SpeechBegan, SpeechEnded, the final Heard, at once
recognizer.hearings[0].tell(SpeechBegan(0))             # or one event at a time
"""

import asyncio

from offhook.speech.ports import (
    FRAME_MS,
    Heard,
    HearingEvent,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)


class ScriptedHearing:
    """Implements `speech/ports.Hearing`."""

    def __init__(self, options: Listening, remarks: tuple[str, ...] = ()) -> None:
        self.options = options
        self.remarks = remarks
        self.frames = 0
        self.last_words = ""
        """What an utterance that `finish` ends turns out to be."""
        self.is_finished = False
        self.is_closed = False
        self._events: asyncio.Queue[HearingEvent | RecognitionError | None] = asyncio.Queue()

    @property
    def heard_ms(self) -> int:
        """Audio so far."""
        return self.frames * FRAME_MS

    def hear(self, ulaw: bytes) -> None:
        assert len(ulaw) == 160
        if not (self.is_finished or self.is_closed):
            self.frames += 1

    async def next(self) -> HearingEvent | None:
        event = await self._events.get()
        if isinstance(event, RecognitionError):
            raise event
        return event

    def finish(self) -> None:
        if not self.is_finished:
            self.is_finished = True
            if self.last_words:
                self.end(self.last_words)
            self._events.put_nowait(None)

    def close(self) -> None:
        self.is_closed = True

    def tell(self, *events: HearingEvent | RecognitionError) -> None:
        """What is understood next."""
        for event in events:
            self._events.put_nowait(event)

    def lose(self, why: str) -> None:
        """It fails, and understands nothing from now on."""
        self.tell(RecognitionError(why))
        self._events.put_nowait(None)

    def begin(self) -> None:
        """Somebody begins to speak now."""
        self.tell(SpeechBegan(self.heard_ms))

    def end(self, text: str, confidence: float | None = 0.9) -> None:
        """Somebody has stopped, and said this."""
        now = self.heard_ms
        self.tell(SpeechEnded(now), Heard(text, confidence, True, None, 0, now))

    def partial(self, text: str, stability: float = 0.5) -> None:
        """So far this is understood."""
        self.tell(Heard(text, None, False, stability, 0, self.heard_ms))

    def say(self, text: str, confidence: float | None = 0.9) -> None:
        """A whole utterance."""
        self.begin()
        self.end(text, confidence)


class ScriptedRecognizer:
    """Implements `speech/ports.Recognizer`; `why_deaf` makes it refuse."""

    name = "scripted"

    def __init__(self) -> None:
        self.hearings: list[ScriptedHearing] = []
        self.why_deaf = ""
        self.remarks: tuple[str, ...] = ()
        self.text = "What was said."
        """In every recording."""
        self.transcribed: list[bytes] = []

    async def listen(self, options: Listening) -> ScriptedHearing:
        if self.why_deaf:
            raise RecognitionError(self.why_deaf)
        self.hearings.append(ScriptedHearing(options, self.remarks))
        return self.hearings[-1]

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        if self.why_deaf:
            raise RecognitionError(self.why_deaf)
        self.transcribed.append(samples)
        return Heard(self.text, 0.9, True, None, 0, len(samples) // 16)

    async def close(self) -> None:
        for each in self.hearings:
            each.close()
