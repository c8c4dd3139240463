"""The node's voice: what is spoken once is kept, whoever hangs up meanwhile."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from offhook.media.prompt_cache import PromptCache
from offhook.speech.ports import SpeechError, SpokenAudio, Utterance
from offhook.verbs.voice import Voice, cut, pieces
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


@pytest.mark.parametrize("text", ["...", "!?", "—", "\U0001f600", " "])
def test_marks_alone_are_not_given_to_the_engine(text: str) -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        voice = Voice(engine, SilentMedia(), PromptCache())
        assert await voice.clip(Utterance(text)) is None
        assert engine.texts == []
        assert await voice.clip(Utterance(f"{text}7")) is not None

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


def test_the_same_words_in_another_manner_are_made_anew_and_kept_beside() -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        voice = Voice(engine, SilentMedia(), PromptCache())
        slow = replace(HELLO, rate=0.5)

        clips = [await voice.clip(each) for each in (HELLO, slow, HELLO, slow)]

        assert engine.utterances == [HELLO, slow]
        assert clips[0] is clips[2] is not clips[1] is clips[3]

    run(scenario())


def test_what_will_hardly_be_said_again_is_kept_nowhere() -> None:
    async def scenario() -> None:
        engine = SlowVoice()
        voice = Voice(engine, SilentMedia(), PromptCache())
        fleeting = replace(HELLO, is_fleeting=True)

        for each in (fleeting, fleeting, HELLO, fleeting):
            assert await voice.clip(each) is not None

        assert engine.texts == ["Hello."] * 3  # the last one had been said to be kept

    run(scenario())


def test_silence_is_exact_and_made_once() -> None:
    voice = Voice(SpellingVoice(), SilentMedia(), PromptCache())

    silence = voice.silence(1_500)

    assert silence is not None
    assert silence.duration_ms == 1_500
    assert voice.silence(1_500) is silence
    assert voice.silence(0) is None


def test_only_the_ends_of_an_utterance_are_trimmed_when_it_is_cut() -> None:
    first, middle, last = (letter * 60 + "." for letter in "abc")
    manner = Utterance("", "en-GB", "alice", 1.5, -3.0)

    assert list(cut(replace(manner, text=f"{first} {middle} {last}", trims_start=True, trims_end=True))) == [
        replace(manner, text=first, trims_start=True),
        replace(manner, text=middle),
        replace(manner, text=last, trims_end=True),
    ]
    assert list(cut(replace(manner, text=first))) == [replace(manner, text=first)]
    assert list(cut(Utterance(" "))) == []


def test_a_long_sentence_is_cut_between_words_when_it_is_spoken_slowly() -> None:
    words = " ".join(["word"] * 79) + "."

    assert list(cut(Utterance(words, rate=0.5))) == [Utterance(words, rate=0.5)]
    head, middle, tail = cut(Utterance(words, rate=0.2))
    assert [len(each.text) <= 160 for each in (head, middle, tail)] == [True, True, True]
    assert " ".join(each.text for each in (head, middle, tail)) == words
    assert [(each.trims_start, each.trims_end) for each in (head, middle, tail)] == [
        *((False, True), (True, True), (True, False)),
    ]
