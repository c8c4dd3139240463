"""Runs `<Connect>`: its noun until it is over, then the action (reference/twiml 8). Called by the runner.

The action is asked as well when the caller hangs up meanwhile (reference/twiml 2.1).
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from offhook.twiml.connect.conversation_relay import ConversationRelay
from offhook.twiml.connect.elsewhere import Elsewhere
from offhook.twiml.connect.stream import Stream
from offhook.twiml.verbs.connect import Connect
from offhook.verbs.connecting.conversation_relay import ConnectConversationRelay
from offhook.verbs.connecting.elsewhere import ConnectElsewhere
from offhook.verbs.connecting.noun import ConnectNoun, Told
from offhook.verbs.connecting.stream import ConnectStream
from offhook.verbs.program import LastWord, Program
from offhook.verbs.verb import Flow, GoTo, Needs, Next

CONNECTING: Final[Mapping[type, ConnectNoun[Any]]] = MappingProxyType(
    {
        ConversationRelay: ConnectConversationRelay(),
        Stream: ConnectStream(),
        Elsewhere: ConnectElsewhere(),
    }
)
"""Which class runs which noun: complete, as a test proves."""


class RunConnect:
    """Waits for its noun."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Connect, program: Program) -> Next:
        """Raises: DocumentError as the noun."""
        told: Told = []
        try:
            if verb.noun is not None:
                await CONNECTING[type(verb.noun)].run(verb.noun, program, told)
        except asyncio.CancelledError:
            if verb.action is not None:
                program.last_words.append(LastWord(_action(verb, verb.action, program, told)))
            raise
        if verb.action is None:
            return Flow.CONTINUE
        return _action(verb, verb.action, program, told)


def _action(verb: Connect, action: str, program: Program, told: Told) -> GoTo:
    return GoTo(program.resolve(action), verb.method, tuple(told))
