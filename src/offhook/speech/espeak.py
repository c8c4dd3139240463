"""Every other language: espeak-ng, a program of its own that is run for each utterance.

It is free software under the GPL, and so stays outside: it is started, given a text on its stdin, and read
from its stdout; nothing of it is in this process or in our package. Where it is not installed the languages
that it would speak are not spoken, and `engines.py` says so. It starts in milliseconds and makes minutes of
speech in one second of CPU; how many run at once is bounded, and how many wait. Made by the roof.
Left out: its own SSML, since `twiml/ssml.py` has cut the text by manner before it comes here.
"""

import asyncio
import re
import shutil
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from offhook.base.pronunciation import is_pronounced, rewritten
from offhook.speech.espeak_sounds import question, table, written
from offhook.speech.frame import MAX_AUDIO_S, MAX_TEXT
from offhook.speech.ports import EngineLostError, Gender, SpeechError, SpokenAudio, Utterance
from offhook.waiting.child_process import ChildProcess, Output
from offhook.waiting.timeout import timeout

NAME: Final = "espeak-ng"
OURS: Final = "1"
"""Of what is done to its speech here: raise it when that changes."""
PACKAGE: Final = "espeak-ng"
"""The Debian package that has it."""

WORDS_A_MINUTE: Final = 175
"""Its own rate (`-s`); below 80 it goes no slower."""
LEAST_WORDS: Final = 80
MOST_WORDS: Final = 450
AMPLITUDE: Final = 50
"""Its `-a` at which it is as loud as the embedded voice; 200 is the most, and clips."""
PITCHES: Final = (
    *((0, 0.67), (10, 0.72), (25, 0.81), (40, 0.92), (50, 1.0)),
    *((60, 1.1), (75, 1.28), (90, 1.51), (99, 1.64)),
)
"""Its `-p`, and the pitch that was measured of it (1.51, `en-us`), of its own."""
WOMAN: Final = "+f2"
"""Its variant of any voice that is most like a woman; of itself each is a man's."""
EDGE: Final = 0.01
MARGIN_S: Final = 0.01
"""Of silence that is left out, as in `manner.py`."""
_BYTES_MAX: Final = MAX_AUDIO_S * 22_050 * 2 + 1024
_TAG: Final = re.compile(r"[a-z]{2,4}(-[a-z0-9]{1,8})*\Z")
_OTHER_TAGS: Final = re.compile(r"\(([a-z-]+) \d+\)")

ALIASES: Final = {"arb": "ar", "zh": "cmn", "no": "nb", "iw": "he", "en": "en-us", "fr": "fr-fr", "pt": "pt"}
"""Primary tags that it has under another name."""
COUNTRIES: Final = {
    **dict.fromkeys(("es-mx", "es-us", "es-ar", "es-co", "es-cl", "es-pe"), "es-419"),
    **dict.fromkeys(("en-au", "en-nz", "en-ie", "en-in", "en-za", "en-gb-wls", "en-sg"), "en-gb"),
    **dict.fromkeys(("zh-hk", "yue-cn", "zh-yue"), "yue"),
}
"""Countries that speak like another one that it has."""


@dataclass(frozen=True, slots=True)
class EspeakSettings:
    """How it is run."""

    program: str | None = None
    """Where it is; None looks for it in PATH."""
    timeout_s: float = 10.0
    """Longest time from `synthesize` to its audio, waiting included."""
    at_once: int = 2
    """Processes at one time."""
    waiting_max: int = 32
    """Utterances that may wait; the next one is refused at once."""


class EspeakSynthesizer:
    """Implements `ports.SpeechEngine`."""

    def __init__(self, settings: EspeakSettings | None = None) -> None:
        self._settings = settings or EspeakSettings()
        self._program = self._settings.program or shutil.which("espeak-ng")
        self._places = asyncio.Semaphore(self._settings.at_once)
        self._waiting = 0
        self._languages: frozenset[str] = frozenset()
        self._names: dict[str, dict[str, str]] = {}
        self._version = ""
        self._running: set[asyncio.Task[bytes]] = set()

    @property
    def name(self) -> str:
        """As in the setting `tts`."""
        return NAME

    @property
    def version(self) -> str:
        """Of the program, and of what is done to its speech."""
        return f"{self._version}+{OURS}"

    async def start(self) -> None:
        """Ask which languages it speaks. Where it is not installed it speaks none, and that is no error.

        Raises: SpeechError where it is, and does not answer.
        """
        if self._program is None:
            return
        self._version = (await self._run(("--version",), b"")).decode("utf-8", "replace").partition("Data")[0]
        self._version = self._version.rpartition(":")[2].strip()
        self._languages = languages_of((await self._run(("--voices",), b"")).decode("utf-8", "replace"))

    @property
    def is_installed(self) -> bool:
        """Whether there is such a program."""
        return self._program is not None

    def speaks(self, language: str) -> bool:
        """Whether it has a voice for a language; those of other countries count."""
        return self._voice_for(language) is not None

    def _voice_for(self, language: str) -> str | None:
        tag = language.lower()
        primary = tag.partition("-")[0]
        for candidate in (COUNTRIES.get(tag, tag), ALIASES.get(primary, primary), primary):
            if candidate in self._languages:
                return candidate
        return None

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        """Speak a text: 22,050 Hz, the same samples for the same utterance.

        A rate below 0.46, and a pitch beyond 0.67 to 1.64, end there.
        Raises: SpeechError.
        """
        if len(utterance.text) > MAX_TEXT:
            raise SpeechError(f"a text of {len(utterance.text)} characters, more than {MAX_TEXT}")
        voice = self._voice_for(utterance.language)
        if voice is None:
            raise SpeechError(f"espeak-ng has no voice for {utterance.language}")
        if not any(map(str.isalnum, utterance.text)):
            return SpokenAudio(b"", 22_050)
        arguments = ("-v", voice + (WOMAN if utterance.voice == Gender.WOMAN else ""), *_manner(utterance))
        names = await self._names_of(voice) if is_pronounced(utterance.text) else {}
        text = _text(rewritten(utterance.text, lambda word, ipa: written(ipa, names) or word, _escaped))
        wav = await self._run(("-b", "1", "--stdin", "--stdout", *arguments), text)
        return _trimmed(_read_wav(wav), utterance)

    async def _names_of(self, voice: str) -> dict[str, str]:
        """What a voice calls each sound: asked once. Raises: SpeechError."""
        if voice not in self._names:
            answer = await self._run(("-b", "1", "--stdin", "-q", "--ipa", "-v", voice), question())
            self._names[voice] = table(answer.decode("utf-8", "replace"))
        return self._names[voice]

    async def close(self) -> None:
        """End what still runs."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _run(self, arguments: Sequence[str], given: bytes) -> bytes:
        """Its stdout. Raises: SpeechError."""
        settings = self._settings
        if self._waiting >= settings.waiting_max:
            raise SpeechError(f"{settings.waiting_max} texts wait to be spoken already")
        self._waiting += 1
        task = asyncio.create_task(self._run_in_turn(arguments, given), name="speech-espeak")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with timeout(settings.timeout_s):
                return await task
        except TimeoutError as error:
            raise SpeechError(f"not spoken within {settings.timeout_s:g} s") from error
        finally:
            self._waiting -= 1

    async def _run_in_turn(self, arguments: Sequence[str], given: bytes) -> bytes:
        async with self._places:
            try:
                process = await ChildProcess.start(
                    self._program or PACKAGE,
                    *arguments,
                    output=Output.STDOUT_ALONE,
                    env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                )
            except OSError as error:
                raise EngineLostError(f"espeak-ng cannot be started: {error}") from error
            said = await process.finish(given)
            status = await process.wait()
        if status:
            raise SpeechError(f"espeak-ng failed with exit status {status}")
        if len(said) > _BYTES_MAX:
            raise SpeechError(f"longer than {MAX_AUDIO_S} s")
        return said


def languages_of(listing: str) -> frozenset[str]:
    """The tags in the output of `espeak-ng --voices`, in lower case."""
    tags: set[str] = set()
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) > 4 and fields[0].isdigit() and _TAG.match(fields[1].lower()):
            tags.add(fields[1].lower())
            tags.update(_OTHER_TAGS.findall(line.lower()))
    return frozenset(tags)


def _escaped(text: str) -> str:
    """Without what the program would take for sounds (`[[`)."""
    return text.replace("[[", "[ [")


def _text(text: str) -> bytes:
    """On one line."""
    return " ".join(text.split()).encode("utf-8", "replace") + b"\n"


def _manner(utterance: Utterance) -> tuple[str, ...]:
    words = min(max(round(WORDS_A_MINUTE * utterance.rate), LEAST_WORDS), MOST_WORDS)
    loudness = 0.0 if utterance.gain_db == -inf else AMPLITUDE * 10 ** (min(utterance.gain_db, 40.0) / 20)
    amplitude = min(round(loudness), 2 * AMPLITUDE)  # above, its peaks would clip
    return "-s", str(words), "-a", str(amplitude), "-p", str(_pitch(utterance.pitch))


def _pitch(wanted: float) -> int:
    """Its number for a pitch: between what was measured a straight line."""
    index = bisect_left([pitch for _, pitch in PITCHES], wanted)
    if index == 0:
        return PITCHES[0][0]
    if index == len(PITCHES):
        return PITCHES[-1][0]
    (low, low_pitch), (high, high_pitch) = PITCHES[index - 1], PITCHES[index]
    return round(low + (high - low) * (wanted - low_pitch) / (high_pitch - low_pitch))


def _read_wav(wav: bytes) -> SpokenAudio:
    """A WAV of unknown length, as it comes down a pipe: its header says 2 GB. Raises: SpeechError."""
    begin = wav.find(b"data", 12, 256)
    if wav[:4] != b"RIFF" or begin < 36 or struct.unpack_from("<HH", wav, 20) != (1, 1):
        raise SpeechError("espeak-ng gave no WAV of one channel")
    (rate_hz,) = struct.unpack_from("<I", wav, 24)
    samples = wav[begin + 8 :]
    return SpokenAudio(samples[: len(samples) & ~1], rate_hz)


def _trimmed(audio: SpokenAudio, utterance: Utterance) -> SpokenAudio:
    if not (utterance.trims_start or utterance.trims_end) or not audio.samples:
        return audio
    samples = array("h", audio.samples)
    if sys.byteorder == "big":
        samples.byteswap()
    edge = EDGE * max(max(samples), -min(samples))  # noqa: PLW3301 - an array is no arguments
    margin = round(MARGIN_S * audio.rate_hz)
    first, last = 0, len(samples)
    if utterance.trims_start:
        first = next((index for index, each in enumerate(samples) if abs(each) > edge), 0)
        first = max(0, first - margin)
    if utterance.trims_end:
        quiet = next((index for index, each in enumerate(reversed(samples)) if abs(each) > edge), 0)
        last = min(last, len(samples) - quiet + margin)
    return SpokenAudio(audio.samples[2 * first : 2 * last], audio.rate_hz)
