"""`<Say>`: speak a text (reference/twiml 3.1). Called by `verbs/runner.py` and `verbs/gather.py`."""

from itertools import repeat
from typing import ClassVar, Final

from offhook.speech.ports import SpeechError, Utterance
from offhook.twiml.verbs.say import Say
from offhook.verbs.program import DocumentError, Program
from offhook.verbs.verb import Flow, Needs, Next

ENDLESS: Final = 1000
"""Rounds of `loop="0"` (reference/twiml 3.1: until hang-up, at most 1000)."""


class RunSay:
    """Speaks the text `loop` times."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Say, program: Program) -> Next:
        """Raises: DocumentError 12400 when the speech engine fails."""
        utterance = Utterance(verb.text, verb.language, verb.voice)
        for _ in repeat(None, verb.loop or ENDLESS):
            try:
                await program.voice.say(program.call.leg.audio, utterance)
            except SpeechError as error:
                raise DocumentError(12400, f"the text could not be spoken: {error}") from error
        return Flow.CONTINUE
