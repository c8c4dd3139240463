"""Keys as tones, where no telephone-event was negotiated: heard through G.711, never in a voice."""

import asyncio
import math
import struct

from offhook.media.ports.event import DigitReceived, PlaybackEnded
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import SpokenAudio, Utterance
from offhook.speech.settings import Settings
from tests.support.media_core import Ear, plan_to, running_core

PROMPTS = (
    "Thank you for calling. Please listen, because our menu has changed.",
    "For sales, press one. For support, press two. Or stay on the line.",
    "Please enter your account number, followed by the pound key.",
    "You have seven new messages, and eleven old ones.",
    "We are sorry, that is not a valid choice. Good bye!",
    "Aah, ooh, eee, you, me, no, maybe, hello, beep, wee, woo.",
    "Zero one two three four five six seven eight nine, star, pound.",
    "Our opening hours are Monday to Friday, from nine to half past five.",
)
ROWS_HZ = (697, 770, 852, 941)
COLUMNS_HZ = (1209, 1336, 1477, 1633)
KEYPAD = "123A456B789C*0#D"


def tones(keys: str, on_ms: int, off_ms: int) -> bytes:
    """Each key for `on_ms`, silence for `off_ms` behind it, at 8000 Hz and -12 dBm0 a tone."""
    samples: list[int] = []
    for key in keys:
        row, column = divmod(KEYPAD.index(key), 4)
        for n in range(on_ms * 8):
            angle = math.tau * n / 8000
            both = math.sin(angle * ROWS_HZ[row]) + math.sin(angle * COLUMNS_HZ[column])
            samples.append(round(5600 * both))
        samples.extend([0] * (off_ms * 8))
    return struct.pack(f"<{len(samples)}h", *samples)


async def spoken(texts: tuple[str, ...]) -> list[SpokenAudio]:
    voice = HibariSynthesizer(Settings(timeout_s=30.0))
    try:
        return [await voice.synthesize(Utterance(text)) for text in texts]
    finally:
        await voice.close()


def test_the_packaged_voice_presses_no_key_and_the_tones_behind_it_do() -> None:
    async def say(voice: SpokenAudio) -> str:
        with running_core() as engine:
            one_ear, two_ear = Ear(), Ear()
            one, two = engine.open_port(one_ear), engine.open_port(two_ear)
            one.apply(plan_to(two.rtp_port, telephone_event=None))
            two.apply(plan_to(one.rtp_port, telephone_event=None))
            one.play(engine.load_clip(voice.samples, voice.rate_hz))
            one.play(engine.load_clip(tones("5D#", on_ms=120, off_ms=120) + bytes(320 * 4), 8000))
            await one_ear.next(PlaybackEnded)
            await one_ear.next(PlaybackEnded)
            return "".join(event.digit for event in two_ear.heard if isinstance(event, DigitReceived))

    async def run() -> list[str]:
        return list(await asyncio.gather(*map(say, await spoken(PROMPTS))))

    assert asyncio.run(run()) == ["5D#"] * len(PROMPTS)
