"""Runs `<Recording>` below Start: records the call from its answer on, or from now (reference/twiml 8.3).

What cannot be recorded is noted (12400), and the call goes on.
"""

from offhook.media.ports import RecordingChannels, RecordingPlan
from offhook.model.recording import RecordingSource, RecordingTrack
from offhook.recording.recorder import RecordingOrder
from offhook.twiml.connect.recording import StartRecording
from offhook.verbs.program import Program


class StartARecording:
    """Begins one."""

    def start(self, noun: StartRecording, program: Program) -> None:
        """Beside what is recorded already."""
        plan = RecordingPlan(
            RecordingTrack(noun.track), RecordingChannels(noun.channels), trims_silence=noun.trim
        )
        order = RecordingOrder(
            RecordingSource.START_CALL_RECORDING_TWIML,
            program.auth_token,
            plan,
            program.recording_callback(noun.callback),
            name=noun.name,
        )
        program.recorder.begin_on_answer(program.call, order)


class StopARecording:
    """Ends one."""

    def stop(self, name: str, program: Program) -> None:
        """By its name, or by its Sid."""
        program.recorder.stop_named(program.call, name)
