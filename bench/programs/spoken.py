"""Sentences from the text to their first sound: by the node's voices, or by espeak-ng alone.

usage: python -m bench.programs.spoken ours|bare
Prints JSON, milliseconds of the slowest tenth: a sentence that was never said, by the woman and by the man of
the embedded voice and in German; the same from disk; the same from memory. Then MiB of the engine's process.
The bare side runs `espeak-ng` for the first three, reads the same bytes from a file, and looks them up in a
dict. Sound is there when it could be put into a media port, which sends it with the next tick.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from offhook.media.native import NativeMediaEngine
from offhook.media.prompt_cache import PromptCache
from offhook.media.settings import Settings as MediaSettings
from offhook.speech.engines import SpeechEngines, make_engines
from offhook.speech.ports import Utterance
from offhook.speech.prompt_store import PromptStore
from offhook.verbs.voice import Voice, cut

SENTENCES: Final = 30
ENGLISH: Final = "Your order number {} with nine green apples will be delivered tomorrow before noon."
GERMAN: Final = "Ihre Bestellung Nummer {} mit neun grünen Äpfeln wird morgen Vormittag geliefert."
KINDS: Final = ((ENGLISH, "en-US", ""), (ENGLISH, "en-US", "man"), (GERMAN, "de-DE", ""))
STORE_BYTES: Final = 256 * 1024 * 1024


def utterances(kind: int) -> list[Utterance]:
    """Sentences of one kind, no two the same."""
    text, language, voice = KINDS[kind]
    return [Utterance(text.format(number), language, voice) for number in range(100, 100 + SENTENCES)]


def slowest_tenth_ms(lasted_s: list[float]) -> float:
    """The 90th percentile."""
    return sorted(lasted_s)[len(lasted_s) * 9 // 10] * 1000


async def timed(speak: Callable[[Utterance], Awaitable[object]], kind: int) -> float:
    """How long the first piece of each sentence takes."""
    lasted = []
    for utterance in utterances(kind):
        first = next(cut(utterance))
        began = time.perf_counter()
        await speak(first)
        lasted.append(time.perf_counter() - began)
    return slowest_tenth_ms(lasted)


async def ours(folder: Path) -> list[float]:
    """By a Voice as a node has it."""
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    speech = SpeechEngines(make_engines("hibari"), PromptStore(folder, STORE_BYTES))
    try:
        await speech.start()
        voice = Voice(speech, media, PromptCache(), speech)
        new = [await timed(voice.clip, kind) for kind in range(len(KINDS))]
        mib = _children_mib()
        again = Voice(speech, media, PromptCache(), speech)  # as after a restart: the disk has it, memory not
        disk = await timed(again.clip, 0)
        memory = await timed(again.clip, 0)
    finally:
        await speech.close()
        media.close()
    return [*new, disk, memory, mib]


async def bare(folder: Path) -> list[float]:
    """By espeak-ng, a file and a dict."""

    def espeak(utterance: Utterance) -> None:
        subprocess.run(
            ["espeak-ng", "-v", utterance.language[:2], "--stdin", "--stdout"],
            input=utterance.text.encode(),
            stdout=subprocess.PIPE,
            check=True,
        )

    async def speak(utterance: Utterance) -> None:
        espeak(utterance)

    path = folder / "bare"
    path.write_bytes(bytes(24_000 * 2 * 5))
    kept = dict.fromkeys(utterances(0), b"")

    async def read(utterance: Utterance) -> bytes:
        return path.read_bytes()

    async def look_up(utterance: Utterance) -> bytes:
        return kept[utterance]

    new = [await timed(speak, kind) for kind in range(len(KINDS))]
    return [*new, await timed(read, 0), await timed(look_up, 0), 0.0]


def _children_mib() -> float:
    """Of the processes that this one has started: the embedded engine's."""
    own = Path("/proc/self/task") / str(Path("/proc/self").resolve().name) / "children"
    pages = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in own.read_text().split())
    return (
        sum(int(line.split()[1]) for text in pages for line in text.splitlines() if line.startswith("Pss:"))
        / 1024
    )


def main() -> None:
    """Measure one side. What is logged goes to standard error."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        side = ours if sys.argv[1] == "ours" else bare
        print(json.dumps(asyncio.run(side(Path(folder)))))


if __name__ == "__main__":
    main()
