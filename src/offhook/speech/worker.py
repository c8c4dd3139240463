"""The engine's process: `python -m offhook.speech.worker`, started by `speech/child.py`.

Loads the embedded voice (hibari, one thread, the voice packaged in its wheel: nothing is
downloaded), says READY, then speaks texts from stdin to stdout, frame by frame (`frame.py`), until
stdin closes: when its owner dies, it ends. The same text gives the same samples, bit for bit.
"""

import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

import numpy as np
import numpy.typing as npt

from offhook.speech.frame import (
    LENGTH,
    MAX_AUDIO_S,
    RATE,
    ReplyKind,
    pack_reply,
    read_length,
)
from offhook.speech.sayable import sayable

SEED: Final = 0
"""Of the noise in the voice."""

EngineError = (LookupError, ArithmeticError, ValueError)
"""What the engine raises at a text it stumbles over. Anything else ends this process, and its owner
starts another one."""


class Voice(Protocol):
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


def speak(voice: Voice, text: str) -> bytes:
    """A reply frame for a text: AUDIO (empty when there is nothing to say) or REFUSED."""
    samples = bytearray()
    limit = MAX_AUDIO_S * voice.sample_rate * 2
    try:
        for sentence in voice.stream(sayable(text), seed=SEED):
            samples += (np.clip(sentence, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes()
            if len(samples) > limit:
                return pack_reply(ReplyKind.REFUSED, f"longer than {MAX_AUDIO_S} s".encode())
    except EngineError as error:
        return pack_reply(ReplyKind.REFUSED, f"{type(error).__name__} in the engine".encode())
    return pack_reply(ReplyKind.AUDIO, bytes(samples))


def serve(voice: Voice, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more.

    Raises: FrameError for a request that is too long.
    """
    replies.write(pack_reply(ReplyKind.READY, RATE.pack(voice.sample_rate)))
    replies.flush()
    while len(header := requests.read(LENGTH.size)) == LENGTH.size:
        text = requests.read(read_length(header)).decode("utf-8", "replace")
        replies.write(speak(voice, text))
        replies.flush()


def main() -> None:
    """Keep stdout for frames alone: whatever a library prints goes to stderr."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        serve(load_voice(), sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
