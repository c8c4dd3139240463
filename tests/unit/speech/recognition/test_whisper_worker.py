"""The recogniser's process: what it makes of the words of a model, and the packaged model itself."""

import io
from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np
import pytest

from offhook.speech.recognition import whisper_worker
from offhook.speech.recognition.frame import (
    LENGTH,
    Piece,
    Ready,
    Words,
    pack_request,
    read_length,
    read_reply,
)
from offhook.speech.recognition.ulaw import SILENCE, compress
from offhook.speech.recognition.voice_activity import VoiceActivity
from offhook.speech.recognition.whisper_worker import (
    Whisper,
    doubled,
    is_loop,
    model_folder,
    serve,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "score", "no_speech", "heard"),
    [
        ("Two pieces of cake.", log(0.8), 0.1, Words("Two pieces of cake.", 0.8)),
        ("  Two   pieces ", log(0.8), 0.1, Words("Two pieces", 0.8)),
        ("[BLANK_AUDIO]", log(0.9), 0.1, Words("", 0.0)),
        ("(clicking) Yes.", log(0.9), 0.1, Words("Yes.", 0.9)),
        ("...", log(0.9), 0.1, Words("", 0.0)),
        ("Hello.", log(0.3), 0.7, Words("", 0.0)),
        ("Hello.", log(0.5), 0.7, Words("Hello.", 0.5)),
        ("Thank you.", log(0.4), 0.2, Words("", 0.0)),
        ("Thank you.", log(0.8), 0.2, Words("Thank you.", 0.8)),
        ("Yes.", 0.01, 0.0, Words("Yes.", 1.0)),
    ],
)
def test_what_the_model_says_of_noise_is_no_word(
    text: str, score: float, no_speech: float, heard: Words
) -> None:
    assert words_of(text, score, no_speech) == heard


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("Sales " * 40, True),
        ("12? 12? 12? 12? 12? 12? 12? 12", True),
        ("No, no, no, no, no!", False),
        ("I would like to go to Paris.", False),
        ("", False),
    ],
)
def test_the_same_words_again_and_again_are_a_loop(text: str, loops: bool) -> None:
    assert is_loop(text) is loops


def test_twice_the_rate_is_the_same_sound() -> None:
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(800) / 8000)).astype(np.int16)
    twice = doubled(tone)
    expected = 8000 / 32768 * np.sin(2 * np.pi * 1000 * np.arange(1600) / 16000)
    assert len(twice) == 1600
    assert np.abs(twice[100:-100] - expected[100:-100]).max() < 0.005


def test_a_packaged_model_that_was_changed_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"another model")

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(whisper_worker, "find_spec", lambda package: Spec)
    with pytest.raises(SystemExit, match="is not the model that was tested: its SHA-256 is"):
        model_folder([])
    assert model_folder([str(tmp_path)]) == tmp_path, "one of the operator's own is his"
    monkeypatch.setattr(whisper_worker, "find_spec", lambda package: None)
    with pytest.raises(SystemExit, match=r"install offhook\[asr\]"):
        model_folder([])


class Spelling(Whisper):
    """Without a model."""

    def __init__(self) -> None:
        self.is_multilingual = True

    def recognise(self, piece: Piece) -> Words:
        return Words(f"{len(piece.ulaw)}", 1.0)


def test_pieces_are_answered_in_order_until_there_are_no_more() -> None:
    requests = io.BytesIO(pack_request(Piece(b"a" * 160)) + pack_request(Piece(b"b" * 320)))
    replies = io.BytesIO()
    serve(Spelling(), requests, replies)
    replies.seek(0)

    def frames() -> Iterator[Words | Ready]:
        while header := replies.read(LENGTH.size):
            yield read_reply(replies.read(read_length(header)))

    assert list(frames()) == [Ready(is_multilingual=True), Words("160", 1.0), Words("320", 1.0)]


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    """The packaged model."""
    return Whisper(model_folder([]))


@pytest.fixture(scope="module")
def sentence() -> bytes:
    """Of the embedded voice, as a telephone has it."""
    from hibari import Hibari

    audio = np.concatenate(
        list(Hibari(threads=1).stream("I would like to speak to the billing department.", seed=0))
    )
    count = len(audio) // 3
    narrow = np.fft.irfft(np.fft.rfft(audio)[: count // 2 + 1], count) / 3
    return compress((np.clip(narrow, -1, 1) * 32767).astype(np.int16))


def test_the_packaged_model_understands_a_sentence(whisper: Whisper, sentence: bytes) -> None:
    words = whisper.recognise(Piece(sentence, "fr-FR", ("billing department", "$OOV_CLASS_DIGIT_SEQUENCE")))
    assert words.text.lower().strip(" .") == "i would like to speak to the billing department"
    assert words.confidence > 0.6


def test_silence_noise_and_nothing_have_no_words(whisper: Whisper) -> None:
    noise = (np.random.default_rng(0).normal(0, 800, 16000)).astype(np.int16)
    for ulaw in (b"", SILENCE * 16000, compress(noise)):
        assert whisper.recognise(Piece(ulaw)).text == ""


def test_five_hundred_hints_are_taken_as_far_as_they_fit(whisper: Whisper, sentence: bytes) -> None:
    hints = tuple(f"hint number {n} of many that nobody will ever say" for n in range(500))
    assert "billing department" in whisper.recognise(Piece(sentence, hints=hints)).text


def test_voice_is_told_from_silence_and_noise(sentence: bytes) -> None:
    def voiced(ulaw: bytes) -> float:
        activity = VoiceActivity()
        frames = [ulaw[n : n + 160] for n in range(0, len(ulaw) - 159, 160)]
        return sum(map(activity.is_voice, frames)) / len(frames)

    noise = compress((np.random.default_rng(0).normal(0, 300, 40000)).astype(np.int16))
    assert voiced(sentence) > 0.5
    assert voiced(SILENCE * 16000) == 0.0
    assert voiced(noise) < 0.1
    with pytest.raises(ValueError, match="a frame of 10 samples"):
        VoiceActivity().is_voice(b"\xff" * 10)
