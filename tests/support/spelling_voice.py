"""A speech engine that needs 50 ms a character of sound and none of time, and remembers what it was asked."""

from offhook.speech.ports import EngineLostError, SpeechError, SpokenAudio, Utterance

RATE_HZ = 8000
SAMPLES_A_CHARACTER = RATE_HZ // 20


class SpellingVoice:
    """`speech/ports.py` without a child process; `fails` makes it refuse, `is_lost` makes it be away."""

    def __init__(self) -> None:
        self.utterances: list[Utterance] = []
        self.fails = False
        self.is_lost = False

    @property
    def texts(self) -> list[str]:
        """What it has spoken."""
        return [each.text for each in self.utterances]

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        if self.is_lost:
            raise EngineLostError("the engine cannot be started")
        if self.fails:
            raise SpeechError("the engine is gone")
        self.utterances.append(utterance)
        return SpokenAudio(
            bytes(2 * round(SAMPLES_A_CHARACTER * len(utterance.text) / utterance.rate)), RATE_HZ
        )

    async def close(self) -> None:
        """Nothing runs."""
