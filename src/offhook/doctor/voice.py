"""Does the speech engine speak?"""

from collections.abc import Iterator
from typing import Final

from offhook.base.clock import Clock
from offhook.doctor.finding import Finding, fault, fine
from offhook.speech.ports import SpeechError, SpeechSynthesizer, Utterance

SENTENCE: Final = "One moment, please."


async def examine_voice(voice: SpeechSynthesizer, clock: Clock) -> Iterator[Finding]:
    """One sentence, as a caller would hear it."""
    began = clock.monotonic()
    try:
        spoken = await voice.synthesize(Utterance(SENTENCE))
    except SpeechError as error:
        return iter(
            [fault("speech", f"the engine does not speak: {error}", "reinstall offhook with its packages")]
        )
    took_s = clock.monotonic() - began
    length_s = len(spoken.samples) / 2 / spoken.rate_hz
    return iter(
        [fine("speech", f"{length_s:.1f} s of speech in {took_s:.1f} s, the engine's start included")]
    )
