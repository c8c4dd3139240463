"""A node without a recogniser says why to each who wants to listen."""

import asyncio

import pytest

from offhook.speech.ports import Listening, RecognitionError
from offhook.speech.recognition.deaf import OFF, DeafRecognizer


@pytest.mark.parametrize("why", [OFF, "the package faster-whisper is missing"])
def test_nobody_is_listened_to_and_the_reason_is_told(why: str) -> None:
    recognizer = DeafRecognizer(why)

    async def listen() -> None:
        with pytest.raises(RecognitionError, match=why.replace("(", r"\(").replace(")", r"\)")):
            await recognizer.listen(Listening())
        await recognizer.close()

    asyncio.run(listen())
