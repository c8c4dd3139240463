"""The engine's process: `python -m offhook.speech.worker`, started by `speech/child.py`.

Loads the embedded voice (hibari, one thread, the voice packaged in its wheel: nothing is
downloaded), says READY, then speaks utterances from stdin to stdout, frame by frame (`frame.py`), until
stdin closes: when its owner dies, it ends. The same utterance gives the same samples, bit for bit.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, Protocol

import numpy as np
import numpy.typing as npt

from offhook.base.pronunciation import rewritten
from offhook.speech.frame import (
    LENGTH,
    MAX_AUDIO_S,
    RATE,
    ReplyKind,
    pack_reply,
    read_length,
    read_request,
)
from offhook.speech.hibari_sounds import linked
from offhook.speech.manner import Audio, amplified, engine_speed, trimmed
from offhook.speech.ports import Utterance
from offhook.speech.sayable import sayable
from offhook.speech.tuning import Network, tuned_sentences, tuning_of

SEED: Final = 0
"""Of the noise in the voice."""

EngineError = (LookupError, ArithmeticError, ValueError)
"""What the engine raises at a text it stumbles over. Anything else ends this process, and its owner
starts another one."""


class Voice(Network, Protocol):
    """The part of `hibari.Hibari` that is used."""

    sample_rate: int

    def stream(
        self, text: str, speed: float = 1.0, seed: int | None = None
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Samples from -1 to 1, one array per sentence."""
        ...


def load_voice() -> Voice:
    """The packaged voice, warm: the first sentence costs ten times the others."""
    from hibari import Hibari  # noqa: PLC0415 (half a second: this process only)

    voice: Voice = Hibari(threads=1)
    for _ in voice.stream("Ready.", seed=SEED):
        pass
    return voice


def speak(voice: Voice, utterance: Utterance) -> bytes:
    """A reply frame for an utterance: AUDIO (empty when there is nothing to say) or REFUSED."""
    sentences: list[Audio] = []
    left = MAX_AUDIO_S * voice.sample_rate
    try:
        for sentence in _sentences(voice, utterance):
            sentences.append(sentence)
            left -= len(sentence)
            if left < 0:
                return pack_reply(ReplyKind.REFUSED, f"longer than {MAX_AUDIO_S} s".encode())
    except EngineError as error:
        return pack_reply(ReplyKind.REFUSED, f"{type(error).__name__} in the engine".encode())
    if not sentences:
        return pack_reply(ReplyKind.AUDIO, b"")
    audio = np.concatenate(sentences)
    if utterance.trims_start or utterance.trims_end:
        audio = trimmed(audio, voice.sample_rate, start=utterance.trims_start, end=utterance.trims_end)
    audio = amplified(audio, utterance.gain_db)
    return pack_reply(ReplyKind.AUDIO, (np.clip(audio, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes())


def _sentences(voice: Voice, utterance: Utterance) -> Iterable[Audio]:
    text = rewritten(sayable(utterance.text), linked)
    speed, tuning = engine_speed(utterance.rate), tuning_of(utterance)
    if tuning.is_plain:
        return voice.stream(text, speed=speed, seed=SEED)
    return tuned_sentences(voice, text, speed, tuning, SEED)


def serve(voice: Voice, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more.

    Raises: FrameError for a request that is too long, or is none.
    """
    replies.write(pack_reply(ReplyKind.READY, RATE.pack(voice.sample_rate)))
    replies.flush()
    while len(header := requests.read(LENGTH.size)) == LENGTH.size:
        utterance = read_request(requests.read(read_length(header)))
        replies.write(speak(voice, utterance))
        replies.flush()


def main() -> None:
    """Keep stdout for frames alone: whatever a library prints goes to stderr."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        serve(load_voice(), sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
