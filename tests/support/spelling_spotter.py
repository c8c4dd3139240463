"""A spotter for audio whose samples are letters: a text is heard where it is spelled."""

from dataclasses import dataclass

from offhook.phone.hearing import RATE_HZ
from offhook.speech.ports import HEARD_AT_MOST, Phrase, Spotting


@dataclass(frozen=True)
class SpelledPhrase:
    text: str

    @property
    def longest_s(self) -> float:
        return len(self.text) / RATE_HZ


def spelled(text: str) -> bytes:
    """A text as samples, one a letter."""
    return text.encode("utf-16-le")


class SpellingSpotter:
    """`speech/ports.py` without a voice. A phrase that is not there is most like the end of what is."""

    async def learn(self, text: str) -> tuple[Phrase, ...]:
        return tuple(SpelledPhrase(each) for each in text.split(". "))

    async def spot(self, phrase: Phrase, samples: bytes) -> Spotting | None:
        heard = samples.decode("utf-16-le")
        if len(heard) < len(phrase.text):
            return None
        at = heard.find(phrase.text)
        if at < 0:
            at = len(heard) - len(phrase.text)
            return Spotting(at / RATE_HZ, len(heard) / RATE_HZ, HEARD_AT_MOST + 1)
        return Spotting(at / RATE_HZ, (at + len(phrase.text)) / RATE_HZ, 0.0)
