"""The engine's process: the loop with a voice that is given, and the real voice through the door."""

import asyncio
import io
import sys
from array import array
from collections.abc import Iterator
from math import inf

import numpy as np
import numpy.typing as npt
import pytest

from offhook.speech.frame import (
    LENGTH,
    FrameError,
    Reply,
    ReplyKind,
    pack_request,
    read_length,
    read_rate,
    read_reply,
)
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.manner import PEAK_MAX, trimmed
from offhook.speech.ports import Utterance
from offhook.speech.settings import Settings
from offhook.speech.worker import serve


class Tone:
    """A voice that says one second of full scale per word; `quiet` is half of it in between silence."""

    sample_rate = 8_000
    sess = None

    def phonemize(self, text: str) -> list[str]:
        return []

    def ids(self, phonemes: str) -> list[int]:
        return []

    def stream(
        self, text: str, speed: float = 1.0, seed: int | None = None
    ) -> Iterator[npt.NDArray[np.float32]]:
        for word in text.split():
            if word == "stumble":
                raise IndexError("list index out of range")
            if word == "quiet":
                silence = np.zeros(self.sample_rate // 4, np.float32)
                yield np.concatenate([silence, np.full(self.sample_rate // 2, 0.5, np.float32), silence])
            else:
                yield np.full(round(self.sample_rate / speed), 2.0, np.float32)


def replies_to(*texts: str | Utterance) -> list[Reply]:
    out = io.BytesIO()
    asked = (Utterance(each) if isinstance(each, str) else each for each in texts)
    serve(Tone(), io.BytesIO(b"".join(map(pack_request, asked))), out)
    frames = io.BytesIO(out.getvalue())
    replies = []
    while header := frames.read(LENGTH.size):
        replies.append(read_reply(frames.read(read_length(header))))
    return replies


def test_it_is_ready_before_anything_is_asked() -> None:
    (ready,) = replies_to()

    assert ready.kind is ReplyKind.READY
    assert read_rate(ready.payload) == 8_000


def test_samples_are_clipped_to_16_bits() -> None:
    audio = replies_to("one two")[1]

    assert audio.kind is ReplyKind.AUDIO
    assert set(array("h", audio.payload)) == {32_767}
    assert len(audio.payload) == 2 * 2 * 8_000


def test_each_text_gets_one_reply_in_order() -> None:
    assert [len(reply.payload) for reply in replies_to("one", "", "one two")[1:]] == [16_000, 0, 32_000]


def test_a_text_that_the_engine_stumbles_over_is_refused_alone() -> None:
    _, refused, spoken = replies_to("one stumble", "one")

    assert refused == Reply(ReplyKind.REFUSED, b"IndexError in the engine")
    assert spoken.kind is ReplyKind.AUDIO


def test_a_text_that_speaks_longer_than_ten_minutes_is_refused() -> None:
    assert replies_to("a " * 599)[1].kind is ReplyKind.AUDIO
    assert replies_to("a " * 601)[1] == Reply(ReplyKind.REFUSED, b"longer than 600 s")


def test_the_voice_is_asked_for_the_speed_at_which_it_is_heard_as_fast_as_is_wanted() -> None:
    assert [
        len(reply.payload) for reply in replies_to(Utterance("one", rate=0.2), Utterance("one", rate=2.0))[1:]
    ] == [2 * 40_000, 2 * 3_636]


def test_a_gain_ends_before_anything_clips_and_no_gain_changes_no_sample() -> None:
    soft, loud, loudest, silent, plain = (
        array("h", reply.payload)
        for reply in replies_to(*(Utterance("quiet", gain_db=db) for db in (-6.02, 3.0, 40.0, -inf, 0.0)))[1:]
    )

    assert max(soft) == pytest.approx(16_383 // 2, abs=5)
    assert max(loud) == pytest.approx(16_383 * 1.4125, abs=5)
    assert max(loudest) == int(32_767 * PEAK_MAX)
    assert set(silent) == {0}
    assert set(plain) == {0, 16_383}
    assert len(silent) == len(plain) == 8_000


def test_silence_is_left_out_on_the_side_that_is_asked_for_but_for_a_margin() -> None:
    both, start, end = (
        array("h", reply.payload)
        for reply in replies_to(
            Utterance("quiet", trims_start=True, trims_end=True),
            Utterance("quiet", trims_start=True),
            Utterance("quiet", trims_end=True),
        )[1:]
    )

    assert [len(each) for each in (both, start, end)] == [4_160, 6_080, 6_080]
    assert [each.index(16_383) for each in (both, start, end)] == [80, 80, 2_000]


def test_trimming_nothing_or_silence_leaves_it() -> None:
    trims = Utterance("", trims_start=True, trims_end=True)
    silence = np.zeros(100, np.float32)

    assert replies_to(trims)[1].payload == b""
    assert len(trimmed(silence, 8_000, start=True, end=True)) == 100


def test_what_is_no_request_ends_the_loop_with_an_error() -> None:
    with pytest.raises(FrameError):
        serve(Tone(), io.BytesIO(LENGTH.pack(2) + b"hi"), io.BytesIO())


def test_a_request_cut_off_ends_the_loop() -> None:
    out = io.BytesIO()
    serve(Tone(), io.BytesIO(b"\0\0"), out)

    assert len(out.getvalue()) == LENGTH.size + 1 + 4


@pytest.fixture(scope="module")
def spoken() -> dict[str, bytes]:
    """What the real voice makes of some texts, each said once but the first."""
    texts = [
        "Welcome to Offhook. For the time, press one.",
        "Welcome to Offhook. For the time, press one.",
        "",
        "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
        "\u3053\u3093\u306b\u3061\u306f",
        "\U0001f600",
        "\x01\x7f",
        "9" * 100,
        "1," * 50,
        "a" * 500,
        "[x](/y/) <b> & $1,234.56 on 2026-11-26 at 14:05",
    ]

    async def run() -> list[bytes]:
        synthesizer = HibariSynthesizer(Settings(timeout_s=30.0))
        try:
            await synthesizer.start()
            answers = [await synthesizer.synthesize(Utterance(text)) for text in texts]
        finally:
            await synthesizer.close()
        assert {answer.rate_hz for answer in answers} == {24_000}
        # Said twice: the same samples.
        assert answers[0] == answers[1]
        return [answer.samples for answer in answers]

    return dict(zip(texts, asyncio.run(run()), strict=True))


def test_the_real_voice_says_a_sentence_at_its_length(spoken: dict[str, bytes]) -> None:
    samples = array("h", spoken["Welcome to Offhook. For the time, press one."])
    if sys.byteorder == "big":
        samples.byteswap()

    assert 2.0 < len(samples) / 24_000 < 5.0
    assert 3_000 < max(map(abs, samples)) <= 32_767


@pytest.mark.parametrize("text", ["", "\u3053\u3093\u306b\u3061\u306f", "\U0001f600"])
def test_the_real_voice_is_silent_where_there_is_nothing_to_say(spoken: dict[str, bytes], text: str) -> None:
    assert spoken[text] == b""


def test_the_real_voice_stumbles_over_nothing(spoken: dict[str, bytes]) -> None:
    assert len(spoken) == 10
    assert len(spoken["9" * 100]) > 48_000


RATES = (0.2, 0.5, 0.75, 0.9, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)


def test_the_real_voice_is_as_fast_as_is_asked_within_a_tenth_and_says_it_again_the_same() -> None:
    text = "Your order of forty two green apples will be delivered tomorrow before noon."

    async def run() -> list[bytes]:
        synthesizer = HibariSynthesizer(Settings(timeout_s=30.0))
        try:
            await synthesizer.start()
            said = [await synthesizer.synthesize(Utterance(text, rate=rate)) for rate in (1.0, *RATES, 2.0)]
        finally:
            await synthesizer.close()
        return [each.samples for each in said]

    plain, *others, again = asyncio.run(run())

    assert {rate: len(plain) / len(said) for rate, said in zip(RATES, others, strict=True)} == {
        rate: pytest.approx(rate, rel=0.1) for rate in RATES
    }
    assert again == others[-1]
