"""Documents that run on a call while another verb holds it: what one hears who waits, or is held.

    start --fetch--> document -- Say, Play, Pause ... in order --> ran out: again from `start`, or the end
                        |-- Redirect, the action of a Gather --> the next document
                        |-- Leave, Hangup                    --> the end, told to the verb
                        |-- a verb that may not stand there  --> noted (13238), the end: silence
                     cannot be fetched or read               --> noted, the end: failed

Run by whatever verb holds a call. It is cancelled when the wait is over, and falls silent at once. A sound in
it that cannot be played is noted, and what follows it goes on (reference/twiml 16). A start that is a clip,
such as the hold music, is played again and again until then. Source: reference/twiml 6.7, 7.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.media.ports import Clip
from offhook.model.notification import RequestSummary
from offhook.twiml.document import Document, Verb
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.leave import Leave
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.say import Say
from offhook.verbs.hold_music import is_playlist
from offhook.verbs.program import DocumentError, Program
from offhook.verbs.verb import Flow, GoTo

Results = tuple[tuple[str, str], ...]

ANNOUNCEMENT: Final[frozenset[type]] = frozenset({Say, Play, Pause, Redirect})
"""What may stand in a document that is only heard: the wait and hold documents of a conference, a whisper."""
WAIT_IN_QUEUE: Final[frozenset[type]] = ANNOUNCEMENT | {Gather, Hangup, Leave}
"""What may stand in that of a queue (reference/twiml 7.1)."""

FORBIDDEN_VERB: Final = 13238
ROUND_MIN_S: Final = 1.0
"""How often at most a document that has nothing to hear is asked for again. Ours."""
SILENT_DOCUMENTS_MAX: Final = 1_000
"""Documents in a row that lead to one another without a word or a pause, as in a call's own (3.3)."""
LOOP: Final = 11215
NOTED_MAX: Final = 100
"""What is noted of one run, as of one document."""
_TAKES_TIME: Final = (Say, Play, Pause, Gather)


class SideEnding(Symbol):
    """Why it came to its end."""

    RAN_OUT = auto()
    """The last verb is done, and it is not to begin again."""
    LEFT = auto()
    """`<Leave>`."""
    HUNG_UP = auto()
    """`<Hangup>`."""
    FORBIDDEN = auto()
    """A verb that may not stand there stopped it; noted. The wait goes on in silence."""
    FAILED = auto()
    """It could not be fetched or read, or leads nowhere; noted."""


@dataclass(frozen=True, slots=True)
class SideEnd:
    """How it ended."""

    ending: SideEnding
    error: DocumentError | None = None
    """Of FAILED."""


class SideDocument:
    """Documents beside the program of a verb, on the same call, which is answered."""

    def __init__(
        self,
        program: Program,
        allowed: frozenset[type] = ANNOUNCEMENT,
        *,
        forbidden_code: int = FORBIDDEN_VERB,
    ) -> None:
        """allowed: types of verbs. forbidden_code: of one that is none of them."""
        self._program = program
        self._allowed = allowed
        self._forbidden_code = forbidden_code
        self._noted: set[tuple[int, str]] = set()

    async def run(
        self,
        start: GoTo | Clip,
        results: Callable[[], Results] = lambda: (),
        *,
        repeats: bool = False,
    ) -> SideEnd:
        """Run from `start` on; cancelling stops what plays.

        start: absolute; a clip is played again and again until it is cancelled.
        results: what each request is told besides, as it is then.
        repeats: whether to begin again, for ever, when the last document has run out.
        """
        if not isinstance(start, GoTo):
            return await self._play(start)
        if is_playlist(start.url):
            return await self._play(self._program.voice.hold_music())
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            end = await self._run_round(start, results)
            if not repeats or end.ending is not SideEnding.RAN_OUT:
                return end
            await asyncio.sleep(max(0.0, began + ROUND_MIN_S - loop.time()))

    async def _play(self, clip: Clip) -> SideEnd:
        await self._program.audio.play(clip, loops=0)
        return SideEnd(SideEnding.RAN_OUT)  # the call has ended

    async def _run_round(self, start: GoTo, results: Callable[[], Results]) -> SideEnd:
        """From the first document to the end of the last one that it leads to."""
        following: GoTo | SideEnding = start
        silent_documents = 0
        while isinstance(following, GoTo):
            asked = replace(following, results=(*results(), *following.results))
            try:
                program, document = await self._program.documents.load(asked)
                silent_documents = 0 if _takes_time(document) else silent_documents + 1
                if silent_documents > SILENT_DOCUMENTS_MAX:
                    raise DocumentError(
                        LOOP,
                        f"{SILENT_DOCUMENTS_MAX} documents in a row without a word or a pause",
                        program.document_summary(),
                    )
            except DocumentError as error:
                self._note(error)
                return SideEnd(SideEnding.FAILED, error)
            following = await self._run_document(
                document, replace(program, last_words=[], elsewhere=self._program.elsewhere)
            )
        return SideEnd(following)

    async def _run_document(self, document: Document, program: Program) -> GoTo | SideEnding:
        for verb in document.verbs:
            if type(verb) not in self._allowed:
                self._refuse(verb, program)
                return SideEnding.FORBIDDEN
            match verb:
                case Leave():
                    return SideEnding.LEFT
                case Hangup():
                    return SideEnding.HUNG_UP
                case _:
                    pass
            try:
                following = await self._program.documents.run_beside(verb, program)
            except DocumentError as error:
                self._note(error, program.document_summary)
                continue
            if isinstance(following, GoTo):
                return following
            if following is Flow.END:
                return SideEnding.HUNG_UP
        return SideEnding.RAN_OUT

    def _refuse(self, verb: Verb, program: Program) -> None:
        name, words = type(verb).__name__, ", ".join(sorted(each.__name__ for each in self._allowed))
        message = f"<{name}> may not stand in a document for who waits: it is stopped; {words} may"
        self._note(DocumentError(self._forbidden_code, message), program.document_summary)

    def _note(self, error: DocumentError, summary: Callable[[], RequestSummary] = RequestSummary) -> None:
        """Note what is wrong, once: a document that is run again and again would say it every second."""
        if (error.code, error.message) in self._noted or len(self._noted) >= NOTED_MAX:
            return
        self._noted.add((error.code, error.message))
        self._program.call.note(error.code, error.message, error.request or summary())


def _takes_time(document: Document) -> bool:
    return any(isinstance(verb, _TAKES_TIME) for verb in document.verbs)
