"""A speech engine that needs 50 ms a character of sound and none of time, and remembers its texts."""

from offhook.speech.ports import SpeechError, SpokenAudio, Utterance

RATE_HZ = 8000
SAMPLES_A_CHARACTER = RATE_HZ // 20


class SpellingVoice:
    """`speech/ports.py` without a child process; `fails` makes it refuse."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.fails = False

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        if self.fails:
            raise SpeechError("the engine is gone")
        self.texts.append(utterance.text)
        return SpokenAudio(bytes(2 * SAMPLES_A_CHARACTER * len(utterance.text)), RATE_HZ)

    async def close(self) -> None:
        """Nothing runs."""
