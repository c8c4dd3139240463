"""The node's voice: what is spoken once is kept, whoever hangs up meanwhile."""

import asyncio
import contextlib

import pytest

from offhook.media.prompt_cache import PromptCache
from offhook.speech.ports import SpeechError, SpokenAudio, Utterance
from offhook.verbs.voice import Voice, pieces
from tests.support.silent_media import SilentMedia
from tests.support.spelling_voice import SpellingVoice
from tests.support.virtual_time import run

HELLO = Utterance("Hello.")


class SlowVoice(SpellingVoice):
    """Needs a second for each text."""

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        await asyncio.sleep(1)
        return await super().synthesize(utterance)


def test_callers_who_want_the_same_words_share_one_synthesis() -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        voice = Voice(engine, SilentMedia(), PromptCache())
        clips = await asyncio.gather(*(voice.clip(HELLO) for _ in range(5)))
        assert engine.texts == ["Hello."]
        assert all(clip is clips[0] for clip in clips)
        assert await voice.clip(HELLO) is clips[0]

    run(scenario())


def test_a_caller_who_hangs_up_does_not_stop_the_synthesis() -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        voice = Voice(engine, SilentMedia(), PromptCache())
        first = asyncio.ensure_future(voice.clip(HELLO))
        await asyncio.sleep(0.5)
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
        await asyncio.sleep(1)
        assert engine.texts == ["Hello."]
        await voice.clip(HELLO)
        assert engine.texts == ["Hello."]

    run(scenario())


def test_a_failure_is_told_to_all_who_wait_and_the_next_one_tries_again() -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        engine.fails = True
        voice = Voice(engine, SilentMedia(), PromptCache())
        results = await asyncio.gather(voice.clip(HELLO), voice.clip(HELLO), return_exceptions=True)
        assert [type(each) for each in results] == [SpeechError, SpeechError]
        engine.fails = False
        assert await voice.clip(HELLO) is not None

    run(scenario())


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Hello.", ["Hello."]),
        ("One. Two. Three.", ["One. Two. Three."]),
        (f"{'a' * 60}. {'b' * 60}! c", [f"{'a' * 60}.", f"{'b' * 60}!", "c"]),
        ("   ", []),
    ],
)
def test_a_text_is_cut_at_sentence_ends_once_a_piece_is_long_enough(text: str, cut: list[str]) -> None:
    assert list(pieces(text)) == cut
