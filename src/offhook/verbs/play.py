"""`<Play>`: play a file, or send keys (reference/twiml 3.2).

Called by `verbs/runner.py` and `verbs/gather.py`.
"""

from itertools import repeat
from typing import ClassVar, Final

from offhook.media.ports.engine import AudioFileError
from offhook.twiml.verbs.play import Play
from offhook.verbs.program import DocumentError, Program
from offhook.verbs.verb import Flow, Needs, Next
from offhook.webhook.ports import WebhookError

ENDLESS: Final = 1000
"""Rounds of `loop="0"` (reference/twiml 3.2: until hang-up, at most 1000)."""
KEYS_AT_ONCE: Final = 64
"""As many as the media core takes in one run."""
NO_URL: Final = 11100
NO_AUDIO: Final = 13420
NO_AUDIO_IN_GATHER: Final = 13325


class RunPlay:
    """Plays the file `loop` times, without a gap between the turns."""

    needs: ClassVar = Needs.MEDIA

    def __init__(self, *, no_audio: int = NO_AUDIO) -> None:
        """no_audio: the code of a file that is none."""
        self._no_audio = no_audio

    async def run(self, verb: Play, program: Program) -> Next:
        """Raises: DocumentError, 11200 and the like when there is no file, 13420 when it is no audio."""
        audio = program.audio
        loops = verb.loop or ENDLESS
        if verb.digits:
            for _ in repeat(None, loops):
                for start in range(0, len(verb.digits), KEYS_AT_ONCE):
                    await audio.wait_for(audio.send_digits(verb.digits[start : start + KEYS_AT_ONCE]))
            return Flow.CONTINUE
        if not verb.url:
            raise DocumentError(NO_URL, "<Play> has neither a URL nor digits")
        try:
            clip = await program.sound(verb.url)
        except WebhookError as error:
            where = error.url or verb.url
            message = f"{where} could not be played: {error.message}"
            raise DocumentError(error.code, message, error.request) from error
        except AudioFileError as error:
            raise DocumentError(self._no_audio, f"{verb.url} could not be played: {error}") from error
        await audio.play(clip, loops)
        return Flow.CONTINUE
