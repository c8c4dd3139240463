"""Where no recogniser is to be had: each who wants to listen is told why.

Made by the roof; implements `ports.Recognizer`.
"""

from typing import Final

from offhook.speech.ports import Heard, Hearing, Listening, RecognitionError

OFF: Final = "speech recognition is off (the setting asr)"


class DeafRecognizer:
    """Implements `ports.Recognizer` for a node that cannot recognise speech."""

    name = "none"

    def __init__(self, why: str = OFF) -> None:
        """why: in a sentence, for the account's log."""
        self.why = why
        """In a sentence."""

    async def listen(self, options: Listening) -> Hearing:
        """Raises: RecognitionError, always."""
        del options
        raise RecognitionError(self.why)

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        """Raises: RecognitionError, always."""
        del samples, options
        raise RecognitionError(self.why)

    async def close(self) -> None:
        """Nothing runs."""
