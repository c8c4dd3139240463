"""A whole recording listened to: for every recogniser that listens to callers. Used by `whisper.py`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np

from offhook.speech.ports import FRAME_BYTES, Heard, Hearing, Listening, Recognizer
from offhook.speech.recognition.ulaw import SILENCE, compress

FRAMES_A_TURN: Final = 100
"""Frames that are heard before others have their turn."""


async def _take_turns(hearing: Hearing) -> None:
    await asyncio.sleep(0)


async def heard_whole(
    recognizer: Recognizer,
    samples: bytes,
    options: Listening,
    pace: Callable[[Hearing], Awaitable[None]] = _take_turns,
) -> Heard:
    """All that is said in signed 16-bit little-endian mono samples at 8000 Hz. Raises: RecognitionError.

    pace: awaited every two seconds of it, so that no more comes at once than the hearing keeps.
    """
    hearing = await recognizer.listen(options)
    try:
        feeding = asyncio.create_task(_feed(hearing, samples, pace), name="speech.feed")
        try:
            return await _finals(hearing)
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
    finally:
        hearing.close()


async def _feed(hearing: Hearing, samples: bytes, pace: Callable[[Hearing], Awaitable[None]]) -> None:
    ulaw = compress(np.frombuffer(samples[: len(samples) // 2 * 2], dtype="<i2"))
    for number, begin in enumerate(range(0, len(ulaw), FRAME_BYTES)):
        hearing.hear(ulaw[begin : begin + FRAME_BYTES].ljust(FRAME_BYTES, SILENCE))
        if number % FRAMES_A_TURN == 0:
            await pace(hearing)
    hearing.finish()


async def _finals(hearing: Hearing) -> Heard:
    finals: list[Heard] = []
    while (event := await hearing.next()) is not None:
        if isinstance(event, Heard) and event.is_final and event.text:
            finals.append(event)
    if not finals:
        return Heard("", None, True, None, 0, 0)
    sure = [heard.confidence for heard in finals if heard.confidence is not None]
    confidence = sum(sure) / len(sure) if sure else None
    text = " ".join(heard.text for heard in finals)
    return Heard(text, confidence, True, None, finals[0].start_ms, finals[-1].end_ms)
