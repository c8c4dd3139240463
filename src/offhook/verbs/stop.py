"""Runs `<Stop>`: ends its nouns and goes on at once (reference/twiml 8). Called by `verbs/runner.py`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from offhook.twiml.verbs.stop import Stop
from offhook.verbs.connecting.noun import StopNoun
from offhook.verbs.connecting.recording import StopARecording
from offhook.verbs.connecting.siprec import StopSiprec
from offhook.verbs.connecting.stream import StopStream
from offhook.verbs.connecting.transcription import StopTranscription
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next

STOPPING: Final[Mapping[str, StopNoun]] = MappingProxyType(
    {
        "Recording": StopARecording(),
        "Siprec": StopSiprec(),
        "Stream": StopStream(),
        "Transcription": StopTranscription(),
    }
)
"""Which class ends which noun, by the name of its element: complete, as a test proves."""


class RunStop:
    """Ends and goes on."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Stop, program: Program) -> Next:
        """End each of its nouns."""
        for noun in verb.nouns:
            STOPPING[noun.kind].stop(noun.name, program)
        return Flow.CONTINUE
