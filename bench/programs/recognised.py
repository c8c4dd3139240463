"""The recogniser's time per second of speech: as a node asks it, or the model alone in Whisper's own window.

usage: python -m bench.programs.recognised ours|bare
Prints JSON: CPU seconds of the engine for a second of speech, milliseconds from the end of an utterance to
its words (the slowest tenth), MiB of the engine's process. The bare side runs the packaged model on the same
audio by faster-whisper's own `transcribe`, in one process.
"""

import asyncio
import json
import sys
import time
from typing import Any, Final

import numpy as np
import structlog

from offhook.speech.ports import FRAME_BYTES, Heard, Listening, SpeechEnded
from offhook.speech.recognition.settings import Settings
from offhook.speech.recognition.ulaw import SILENCE, compress, expand
from offhook.speech.recognition.whisper import WhisperRecognizer
from offhook.speech.recognition.whisper_worker import doubled, model_folder

PHRASES: Final = (
    "I would like to speak to the billing department please.",
    "My account number is seven three nine two.",
    "What time do you open tomorrow morning?",
    "I need to cancel my appointment.",
    "Please connect me with technical support.",
    "I lost my credit card yesterday.",
    "How much does it cost?",
    "No, thank you.",
    "I would like to book a table for two people.",
    "Can you tell me where my order is?",
)
FRAME_S: Final = 0.02


def spoken() -> list[bytes]:
    """Each phrase in the embedded voice, as a telephone has it."""
    from hibari import Hibari  # noqa: PLC0415 (half a second)

    voice = Hibari(threads=1)
    phrases = []
    for text in PHRASES:
        audio = np.concatenate(list(voice.stream(text, seed=0)))
        count = len(audio) // 3
        narrow = np.fft.irfft(np.fft.rfft(audio)[: count // 2 + 1], count) / 3
        ulaw = compress((np.clip(narrow, -1, 1) * 32767).astype(np.int16))
        phrases.append(ulaw[: len(ulaw) // FRAME_BYTES * FRAME_BYTES])
    return phrases


def slowest_tenth(figures: list[float]) -> float:
    """The 90th percentile."""
    return sorted(figures)[len(figures) * 9 // 10]


def cpu_s(pid: int) -> float:
    """What a process has used."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 (a line of the kernel's)
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def mib(pid: int) -> float:
    """What a process holds."""
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * 4096 / 1024 / 1024


async def ours(phrases: list[bytes]) -> tuple[float, float, float]:
    """In real time, one caller after the other."""
    recognizer = WhisperRecognizer(Settings())
    try:
        late: list[float] = []
        await _hear(recognizer, phrases[0], [])  # it starts
        child = recognizer._child
        if child is None:
            raise SystemExit("the engine does not run")
        pid = child._process.pid
        before = cpu_s(pid)
        for phrase in phrases:
            await _hear(recognizer, phrase, late)
        seconds = sum(map(len, phrases)) / 8000
        return (cpu_s(pid) - before) / seconds, slowest_tenth(late) * 1000, mib(pid)
    finally:
        await recognizer.close()


async def _hear(recognizer: WhisperRecognizer, phrase: bytes, late: list[float]) -> None:
    hearing = await recognizer.listen(Listening())
    loop = asyncio.get_running_loop()

    async def feed() -> None:
        begins = loop.time()
        audio = phrase + SILENCE * 8000 * 2
        for number, start in enumerate(range(0, len(audio), FRAME_BYTES)):
            await asyncio.sleep(max(0.0, begins + number * FRAME_S - loop.time()))
            hearing.hear(audio[start : start + FRAME_BYTES])

    feeding = asyncio.create_task(feed())
    ended = 0.0
    try:
        while True:
            event = await hearing.next()
            if isinstance(event, SpeechEnded):
                ended = loop.time()
            if isinstance(event, Heard) and event.is_final:
                late.append(loop.time() - ended)
                return
    finally:
        feeding.cancel()
        hearing.close()


def bare(phrases: list[bytes]) -> tuple[float, float, float]:
    """The model alone."""
    from faster_whisper import WhisperModel  # noqa: PLC0415

    model: Any = WhisperModel(
        str(model_folder([])), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
    how = {"language": "en", "beam_size": 1, "temperature": 0.0, "without_timestamps": True}

    def recognise(phrase: bytes) -> None:
        for _ in model.transcribe(doubled(expand(phrase)), **how)[0]:
            pass

    recognise(phrases[0])
    late = []
    before = time.process_time()
    for phrase in phrases:
        began = time.perf_counter()
        recognise(phrase)
        late.append(time.perf_counter() - began)
    cost = (time.process_time() - before) / (sum(map(len, phrases)) / 8000)
    with open("/proc/self/statm") as file:  # noqa: PTH123
        held = int(file.read().split()[1]) * 4096 / 1024 / 1024
    return cost, slowest_tenth(late) * 1000, held


def main() -> None:
    """One side."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    phrases = spoken()
    figures = asyncio.run(ours(phrases)) if sys.argv[1] == "ours" else bare(phrases)
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
