"""The word error rate of the packaged recogniser: `python -m tests.speech words [--write-docs]`.

Fifty phrases of callers in G.711 at 8000 Hz, in the node's own voice and in two others, on a quiet line and
with noise 15 dB below the voice; in the short window of the recogniser and in Whisper's own. Figures that the
recogniser writes as digits count as the digits' words.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from offhook.speech.recognition import whisper_worker
from offhook.speech.recognition.frame import Piece
from offhook.speech.recognition.ulaw import compress
from offhook.speech.recognition.whisper_worker import LONG_WINDOW, Whisper
from tests.speech.page import Section
from tests.support.answers import Sound, spoken

NOISE_DB: Final = 15.0
DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PHRASES: Final = (
    "I would like to talk to a person",
    "I want to change my password",
    "my account number is seven three nine two",
    "what time do you open tomorrow morning",
    "I would like to speak to the billing department please",
    "can you tell me where my order is",
    "I need to cancel my appointment",
    "please connect me with technical support",
    "the internet is not working at my house",
    "I lost my credit card yesterday",
    "yes that is correct",
    "no thank you",
    "could you please repeat that",
    "I am calling about my last bill",
    "my name is Anna Miller",
    "I would like to book a table for two people",
    "when does the next train leave",
    "how much does it cost",
    "I have a question about my insurance",
    "please call me back this afternoon",
    "I want to return a pair of shoes",
    "is the doctor available on Monday",
    "the number is five five five one two three four",
    "I forgot my user name",
    "do you have any rooms for tonight",
    "I would like to make a payment",
    "my flight was delayed",
    "can I speak to the manager",
    "I need directions to your office",
    "there is a problem with my car",
    "what is my current balance",
    "I would like to order a large pizza",
    "please send me a new contract",
    "I am not satisfied with the service",
    "how long do I have to wait",
    "my address has changed",
    "I need a copy of the invoice",
    "the screen of my phone is broken",
    "I would like to leave a message",
    "are you open on Sunday",
    "I want to report an accident",
    "please transfer me to the sales team",
    "my code is nine eight zero four",
    "I did not receive the package",
    "can you help me with my computer",
    "I would like to renew my library card",
    "the water in the kitchen is cold",
    "we are looking for a small apartment",
    "thank you for your help",
    "good bye and have a nice day",
)


def plain(text: str) -> list[str]:
    """The words of a text, without marks and capitals."""
    for digit, word in enumerate(DIGITS):
        text = text.replace(str(digit), f" {word} ")
    return "".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words that were put in, left out or taken for others (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def own_voice(text: str) -> Sound:
    """The node's."""
    from hibari import Hibari

    voice = _VOICES.setdefault("hibari", Hibari(threads=1))
    audio = np.concatenate(list(voice.stream(f"{text}.", seed=0))).astype(np.float64)
    count = len(audio) // 3
    narrow: Sound = np.fft.irfft(np.fft.rfft(audio)[: count // 2 + 1], count) / 3
    loud: Sound = narrow * (9000 / np.abs(narrow).max())
    return loud


_VOICES: dict[str, Any] = {}


def on_a_line(sound: Sound, *, noisy: bool) -> bytes:
    """With half a second of the line before and behind it."""
    line = np.concatenate((np.zeros(4000), sound, np.zeros(4000)))
    loud = np.sqrt(np.mean(sound**2))
    noise = loud / 10 ** (NOISE_DB / 20) if noisy else 20.0
    line = line + np.random.default_rng(1).normal(0, noise, len(line))
    return compress(np.clip(line, -32000, 32000).astype(np.int16))


def measured(whisper: Whisper, lines: list[bytes]) -> tuple[float, float]:
    """Word error rate, and the recogniser's time per second of speech."""
    wrong = words = 0
    began, seconds = time.process_time(), 0.0
    for phrase, ulaw in zip(PHRASES, lines, strict=True):
        said = plain(phrase)
        wrong += errors(said, plain(whisper.recognise(Piece(ulaw)).text))
        words += len(said)
        seconds += len(ulaw) / 8000
    return wrong / words, (time.process_time() - began) / seconds


def in_the_long_window(whisper: Whisper, lines: list[bytes]) -> list[str]:
    """The same by the window that the model was made for."""
    windows = whisper_worker.SHORT_WINDOW, whisper_worker.LONGEST_SHORT
    vars(whisper_worker).update(SHORT_WINDOW=LONG_WINDOW, LONGEST_SHORT=LONG_WINDOW)
    try:
        rate, cost = measured(whisper, lines)
    finally:
        vars(whisper_worker).update(SHORT_WINDOW=windows[0], LONGEST_SHORT=windows[1])
    return [f"{rate:.3f}", f"{cost:.2f} s"]


VOICES: Final[dict[str, Callable[[str], Sound]]] = {
    "the node's own (hibari)": own_voice,
    "espeak-ng, en-us": lambda text: spoken(text, "en-us"),
    "espeak-ng, en-gb": lambda text: spoken(text, "en-gb"),
}
LINES: Final = {"quiet": False, f"noise {NOISE_DB:g} dB below": True}
"""Whether there is noise."""
COLUMNS: Final = (
    *("voice", "line", "word error rate", "CPU per second", "errors in Whisper's window", "CPU there"),
)


def page(whisper: Whisper) -> str:
    """The table."""
    rows = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    for name, speak in VOICES.items():
        sounds = [speak(phrase) for phrase in PHRASES]
        for line, noisy in LINES.items():
            lines = [on_a_line(sound, noisy=noisy) for sound in sounds]
            rate, cost = measured(whisper, lines)
            cells = [f"{rate:.3f}", f"{cost:.2f} s"]
            cells += ["", ""] if noisy else in_the_long_window(whisper, lines)
            rows.append(f"| {name} | {line} | {' | '.join(cells)} |")
    return "\n".join(rows)


SECTION: Final = Section("words", (*PHRASES, *VOICES, *LINES), page)
