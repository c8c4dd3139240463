"""Runs `<Start>`: begins its nouns and goes on at once (reference/twiml 8). Called by `verbs/runner.py`.

It answers nothing: what it begins on a call that still rings waits for the answer (2.2).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from offhook.twiml.connect.recording import StartRecording
from offhook.twiml.connect.siprec import Siprec
from offhook.twiml.connect.stream import Stream
from offhook.twiml.connect.transcription import Transcription
from offhook.twiml.verbs.start import Start
from offhook.verbs.connecting.noun import StartNoun
from offhook.verbs.connecting.recording import StartARecording
from offhook.verbs.connecting.siprec import StartSiprec
from offhook.verbs.connecting.stream import StartStream
from offhook.verbs.connecting.transcription import StartTranscription
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next

STARTING: Final[Mapping[type, StartNoun[Any]]] = MappingProxyType(
    {
        StartRecording: StartARecording(),
        Siprec: StartSiprec(),
        Stream: StartStream(),
        Transcription: StartTranscription(),
    }
)
"""Which class begins which noun: complete, as a test proves."""


class RunStart:
    """Begins and goes on."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Start, program: Program) -> Next:
        """Begin each of its nouns."""
        for noun in verb.nouns:
            STARTING[type(noun)].start(noun, program)
        return Flow.CONTINUE
