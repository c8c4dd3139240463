"""`<Echo>`: say back what the caller says, until it hangs up (reference/twiml 3.3).

Frame by frame, as it is heard: a tenth of a second later. Called by `verbs/runner.py`.
"""

from typing import ClassVar, Final

from offhook.model.recording import RecordingTrack
from offhook.twiml.verbs.echo import Echo
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next

RATE_HZ: Final = 8_000
BEHIND_MAX_MS: Final = 200
"""What may wait to be said back; where more does, the caller hears what it says now instead."""


class RunEcho:
    """Sends back what comes."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Echo, program: Program) -> Next:
        """Until the leg ends; cancelling stops it at once."""
        del verb
        audio = program.call.leg.audio
        feed = audio.open_feed(RATE_HZ)
        try:
            with audio.tapping(RecordingTrack.INBOUND) as tap:
                async for heard in tap:
                    if feed.waiting_ms > BEHIND_MAX_MS:
                        feed.clear()
                    feed.feed_ulaw(heard.payload)
        finally:
            audio.stop_playing()
        return Flow.CONTINUE
