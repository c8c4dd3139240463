"""The recording of a Dial: caller and callee, from the bridge or from the ringing on (reference/twiml 6.1).

Made on the caller's leg: what it says is the caller, what it is sent is the callee, the ringback and
whatever else the caller hears. Used by `dial`. Where the page is silent: "from answer" begins when the two
are put through, after a whisper, which the caller does not hear; "from ringing" begins with the bridge too
where the caller is left ringing (`answerOnBridge`), whose call has no sound before.
"""

from typing import Final

from offhook.call.leg_state import LegState
from offhook.media.ports import RecordingChannels, RecordingPlan
from offhook.model.recording import RecordingTrack
from offhook.recording.recorder import LiveRecording, RecordingError, RecordingOrder
from offhook.twiml.verbs.dial import Dial
from offhook.verbs.program import Program

NOT_RECORDED: Final = 12400


class DialRecording:
    """What is recorded of one Dial: nothing, or one recording."""

    def __init__(self, verb: Dial, program: Program) -> None:
        self._verb = verb
        self._program = program
        self._live: LiveRecording | None = None

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """What the action is told."""
        if self._live is None:
            return ()
        return (("RecordingUrl", self._live.url), ("RecordingSid", self._live.recording.sid))

    def ringing(self) -> None:
        """The callees ring."""
        if self._verb.record.is_from_ringing and self._program.call.leg.state is LegState.ANSWERED:
            self._begin()

    def bridged(self) -> None:
        """Caller and callee talk."""
        if self._verb.record.is_on:
            self._begin()

    def stop(self) -> None:
        """The bridge is over, or the Dial is."""
        if self._live is not None:
            self._live.stop()

    async def finish(self) -> None:
        """End it, and wait for its file."""
        if self._live is not None:
            await self._live.finish()

    def _begin(self) -> None:
        if self._live is not None:
            return
        verb, program = self._verb, self._program
        plan = RecordingPlan(
            RecordingTrack(verb.recording_track),
            RecordingChannels.DUAL if verb.record.is_dual else RecordingChannels.MONO,
            trims_silence=verb.trim,
        )
        callback = program.recording_callback(verb.callback)
        order = RecordingOrder(program.dial_is_recorded_as, program.auth_token, plan, callback)
        try:
            self._live = program.recorder.begin(program.call, order)
        except RecordingError as error:
            program.call.note(NOT_RECORDED, str(error))  # and they talk all the same
