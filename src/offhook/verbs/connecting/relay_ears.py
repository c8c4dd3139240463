"""What a caller says to an agent of ConversationRelay: sound to the recogniser, words to the session.

One tap for the whole session; a change of language opens another hearing. Where nothing recognises speech, or
it fails too often, that is noted, and the session goes on with keys. Owned by `conversation_relay.py`.
"""

import asyncio
from typing import Final, Protocol

from offhook.call.leg_tap import LegTap
from offhook.media.ports import MediaBusyError
from offhook.model.recording import RecordingTrack
from offhook.speech.ports import (
    Heard,
    Hearing,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)
from offhook.twiml.connect.conversation_relay import ConversationRelay
from offhook.verbs.program import Program

NOT_HEARD: Final = 64114
"""Twilio's for a provider of recognition that cannot be reached or is lost."""
FAILURES_MAX: Final = 10
"""Utterances in a row that the recogniser lost, before it is given up."""


class Told(Protocol):
    """Who is told what the caller says."""

    def handle_speech_began(self) -> None:
        """It speaks."""
        ...

    def handle_speech_ended(self) -> None:
        """It has fallen silent."""
        ...

    def handle_words(self, words: str, *, is_final: bool) -> None:
        """What it has said so far."""
        ...

    def note(self, code: int, text: str) -> None:
        """Something for the debugger log."""
        ...


class RelayEars:
    """Listens to one caller until it is cancelled."""

    def __init__(self, noun: ConversationRelay, program: Program, told: Told) -> None:
        self._noun = noun
        self._program = program
        self._told = told
        self._language = noun.transcription_language
        self._switched = asyncio.Event()
        self._failures = 0

    def switch(self, language: str) -> None:
        """Listen for another language from now on."""
        self._language = language
        self._switched.set()

    async def run(self) -> None:
        """Listen. Ends only where nothing recognises speech."""
        try:
            with self._program.call.leg.audio.tapping(RecordingTrack.INBOUND) as tap:
                while True:
                    self._switched.clear()
                    hearing = await self._program.recognizer.listen(self._options())
                    try:
                        await self._hear(tap, hearing)
                    finally:
                        hearing.close()
        except RecognitionError as error:
            self._told.note(NOT_HEARD, f"the caller is not understood, keys alone are taken: {error}")
        except MediaBusyError as error:
            self._told.note(NOT_HEARD, f"the caller is not listened to, keys alone are taken: {error}")

    def _options(self) -> Listening:
        noun, language = self._noun, self._noun.spoken(self._language)
        wants_partials = noun.partial_prompts or noun.ignore_backchannel or noun.sensitivity != "high"
        return Listening(
            language=self._language,
            hints=language.hints,
            wants_partials=wants_partials,
            end_silence_ms=noun.speech_timeout_ms or None,
            profanity_filter=noun.profanity_filter,
            model=language.speech_model or "default",
        )

    async def _hear(self, tap: LegTap, hearing: Hearing) -> None:
        """Until the language is switched."""
        works = (_feed(tap, hearing), self._take(hearing), self._switched.wait())
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _take(self, hearing: Hearing) -> None:
        while True:
            try:
                event = await hearing.next()
            except RecognitionError as error:
                self._failures += 1
                self._told.note(NOT_HEARD, f"what the caller said was not understood: {error}")
                if self._failures == FAILURES_MAX:
                    raise
                continue
            match event:
                case None:
                    raise RecognitionError("the recogniser has ended")
                case SpeechBegan():
                    self._told.handle_speech_began()
                case SpeechEnded():
                    self._told.handle_speech_ended()
                case Heard(text=text, is_final=is_final):
                    self._failures = 0
                    self._told.handle_words(text, is_final=is_final)


async def _feed(tap: LegTap, hearing: Hearing) -> None:
    async for frame in tap:
        hearing.hear(frame.payload)
    await asyncio.Event().wait()  # the leg has ended: so does the session
