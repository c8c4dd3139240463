"""Do the speech engines speak, and which languages?"""

from collections.abc import Iterator
from typing import Final

from offhook.base.clock import Clock
from offhook.doctor.finding import Finding, fault, fine, warning
from offhook.speech.engines import SpeechEngines
from offhook.speech.ports import SpeechError, Utterance

SENTENCE: Final = "One moment, please."


FOREIGN: Final = "de-DE"
"""A language that is no engine's own: who speaks it speaks the others."""


async def examine_voice(voice: SpeechEngines, clock: Clock) -> Iterator[Finding]:
    """One sentence, as a caller would hear it, and whether there are other languages than English."""
    began = clock.monotonic()
    try:
        await voice.start()
        spoken = await voice.synthesize(Utterance(SENTENCE))
    except SpeechError as error:
        remedy = "reinstall offhook with its packages, or choose another engine: OFFHOOK_TTS"
        return iter([fault("speech", f"the engine does not speak: {error}", remedy)])
    took_s = clock.monotonic() - began
    length_s = len(spoken.samples) / 2 / spoken.rate_hz
    found = [fine("speech", f"{length_s:.1f} s of speech in {took_s:.1f} s, the engine's start included")]
    if voice.cast("", FOREIGN).fault:
        what = "English alone is spoken; texts in other languages are read as English (13511)"
        found.append(warning("speech", what, "install espeak-ng: apt-get install espeak-ng"))
    else:
        found.append(fine("speech", "other languages than English are spoken, too"))
    return iter(found)
