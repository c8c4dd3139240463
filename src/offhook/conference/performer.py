"""What conferences ask of the verbs: to run a document that somebody hears (`verbs/dial_conference.py`)."""

from typing import Protocol

from offhook.call.audio import LegAudio
from offhook.conference.plan import Target


class Performer(Protocol):
    """Runs documents with the application of one participant."""

    async def perform(
        self,
        target: Target | None,
        results: tuple[tuple[str, str], ...],
        audio: LegAudio | None = None,
    ) -> str | None:
        """Run a document of Say, Play, Pause and Redirect once, or play a sound; cancelling stops it.

        target: None is the music of the node, until it is cancelled. results: what its request tells besides.
        audio: where it is heard, in place of the participant's own call.
        Returns: why it came to nothing; None when it ran out.
        """
        ...
