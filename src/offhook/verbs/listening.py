"""A leg that is listened to: its tap led to the recogniser. Used by Gather and by whoever wants words.

    with audio.tapping(track) as tap: frames -> hearing.hear

The recogniser may be slow or gone; the leg never waits for it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from offhook.call.audio import LegAudio
from offhook.call.leg_tap import LegTap
from offhook.model.recording import RecordingTrack
from offhook.speech.ports import Hearing, Listening, Recognizer


@asynccontextmanager
async def listening(
    audio: LegAudio, track: RecordingTrack, recognizer: Recognizer, options: Listening
) -> AsyncIterator[Hearing]:
    """Listen to one track of a leg while inside. When the leg ends the hearing is finished.

    Raises: RecognitionError without a recogniser; MediaBusyError when too many listen already.
    """
    hearing = await recognizer.listen(options)
    try:
        with audio.tapping(track) as tap:
            feeding = asyncio.create_task(_feed(tap, hearing), name="verbs.listening")
            try:
                yield hearing
            finally:
                feeding.cancel()
                await asyncio.wait([feeding])
    finally:
        hearing.close()


async def _feed(tap: LegTap, hearing: Hearing) -> None:
    async for frame in tap:
        hearing.hear(frame.payload)
    hearing.finish()
