"""Runs `<Transcription>` below Start, and ends it below Stop (reference/twiml 8.4, 11).

One that fails, or may not begin, is noted and told to its callback; the call goes on.
"""

from dataclasses import replace

from offhook.call.companions import CompanionRefusedError
from offhook.model.recording import RecordingTrack
from offhook.transcribing.order import TranscriptionOrder
from offhook.twiml.connect.transcription import ENGINES, INVALID, Transcription
from offhook.verbs.program import Program


class StartTranscription:
    """Tells what is said."""

    def start(self, noun: Transcription, program: Program) -> None:
        """Begin to."""
        fault, callback = None, noun.callback
        if noun.engine not in ENGINES:
            fault = (INVALID, f"the transcriptionEngine {noun.engine[:64]} is none of {', '.join(ENGINES)}")
        order = TranscriptionOrder(
            auth_token=program.auth_token,
            name=noun.name,
            track=RecordingTrack(noun.track.value.partition("_")[0]),
            labels=noun.labels,
            callback_url=program.resolve(callback.url) if callback is not None else None,
            callback_method=callback.method if callback is not None else "POST",
            language=noun.language,
            engine=noun.engine,
            model=noun.model,
            hints=noun.hints,
            profanity_filter=noun.profanity_filter,
            partial_results=noun.partial_results,
            punctuation=noun.punctuation,
            provider_data=noun.provider_data,
            fault=fault,
        )
        try:
            program.transcriptions.begin(program.call, order)
        except CompanionRefusedError as error:  # it fails as it begins: so it is noted, and its callback told
            program.transcriptions.begin(program.call, replace(order, fault=(error.code, error.message)))


class StopTranscription:
    """Ends what StartTranscription began."""

    def stop(self, name: str, program: Program) -> None:
        """By its name or Sid."""
        live = program.transcriptions.find(program.call.sid, name)
        if live is not None:
            live.stop()
