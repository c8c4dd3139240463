"""Runs the nouns of Connect that lead elsewhere: nobody answers there (reference/twiml 8.5, 18).

The action of a virtual agent is told that it failed, as of a connector that is unknown.
"""

from typing import Final

from offhook.twiml.connect.elsewhere import INVALID_CONNECTOR, VIRTUAL_AGENT, Elsewhere
from offhook.verbs.connecting.noun import Told
from offhook.verbs.program import Program

AGENT_FAILED: Final = (
    ("VirtualAgentStatus", "failed"),
    ("VirtualAgentErrorCode", str(INVALID_CONNECTOR)),
)


class ConnectElsewhere:
    """Over at once; that was noted with the document."""

    async def run(self, noun: Elsewhere, program: Program, told: Told) -> None:
        """Say so."""
        del program
        if noun.name == VIRTUAL_AGENT:
            told.extend(AGENT_FAILED)
