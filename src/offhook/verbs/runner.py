"""Runs TwiML on a call: fetch, parse, verb after verb, the next document, until the end.

    Voice URL -> document -> verb ... -> action or Redirect -> document -> ... -> end: hang up
         any of them fails -> notification -> fallback URL once -> the error sentence -> end

Called by `switchboard/inbound_call.py` as the program of a call's owner; cancelled by it when the
leg ends. Source: reference/twiml 1, 2, 16.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final
from xml.sax.saxutils import escape

import structlog

from offhook.base.frozen import frozen
from offhook.base.ids import Chance
from offhook.base.redact import Secret, without_login
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.leg_state import LegState
from offhook.conference.conferences import Conferences
from offhook.media.ports import MediaBusyError
from offhook.media_streams.streams import Streams
from offhook.model.call import CallStatus
from offhook.model.notification import RequestSummary
from offhook.model.recording import RecordingSource
from offhook.queue.queues import Queues
from offhook.recording.recorder import Recorder
from offhook.recording.transcriber import Transcriber
from offhook.siprec.siprecs import Siprecs
from offhook.speech.ports import MachineDetector, Recognizer, SpeechError, Utterance
from offhook.streaming.ports import SocketClient
from offhook.trace.ports import Facts, Kind
from offhook.transcribing.transcriptions import Transcriptions
from offhook.twiml.document import Document, Verb
from offhook.twiml.parser import parse
from offhook.twiml.problem import TwimlError
from offhook.verbs.catalogue import RUNNERS
from offhook.verbs.dialler import ChildCall, Dialler
from offhook.verbs.problems_told import ProblemsTold
from offhook.verbs.program import DocumentError, LastWord, Program, answer
from offhook.verbs.sounds import Sounds
from offhook.verbs.transfer import CANCELED, Departure, Transfer
from offhook.verbs.verb import Flow, GoTo, Needs, Next
from offhook.verbs.voice import Voice
from offhook.waiting.timeout import timeout
from offhook.webhook.ports import CallRequest, Conversation, FetchedDocument, SipParameters, WebhookError

log = structlog.get_logger("offhook.verbs")

ERROR_SENTENCE: Final = "We're sorry, an application error has occurred. Goodbye."
"""What the caller hears when nothing else is left (reference/twiml 1.8)."""

SILENT_DOCUMENTS_MAX: Final = 1000
"""Documents in a row that neither played nor waited (reference/twiml 3.3): a Redirect loop."""
SILENT_S: Final = 0.1
"""One whose verbs took less is such a document, whatever they are: a Dial may fail at once as well."""
REFERRED_S: Final = 32.0
"""How long a phone that was transferred may take to hang up, before we do (reference/sip-interface 13)."""


@dataclass(frozen=True, slots=True)
class InlineDocument:
    """A document that came with the request to place a call, and so has no URL."""

    twiml: str
    """At most 4000 characters (reference/twiml 1.1)."""
    dial_is_recorded_as: RecordingSource = RecordingSource.DIAL_VERB
    """Who asked for the recording of its Dial: the document itself, or what it was made from."""


@frozen
class Application:
    """Who runs a call: the URLs of a SIP Domain, a number or a request of the API."""

    start: GoTo | InlineDocument
    """The first document."""
    fallback_url: str | None
    fallback_method: str
    auth_token: Secret
    """Signs the requests."""
    sip: SipParameters | None
    """Present on calls that came by SIP, and on a Dial's to SIP: sent with every request of the call."""
    application_sid: str | None = None
    """Of the Application whose URLs these are; sent likewise."""
    forwarded_from: str | None = None
    """Whom the call was diverted from; sent likewise."""
    stir_verstat: str | None = None
    """Whether the caller's number is vouched for (reference/twiml 1.4); sent likewise."""
    rescue: GoTo | None = None
    """Asked once, when the first document has left the caller ringing because nobody could be reached."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the verbs of every call work with; made once by the roof."""

    voice: Voice
    sounds: Sounds
    recorder: Recorder
    courier: Courier
    queues: Queues[ChildCall]
    """Where calls wait."""
    conferences: Conferences
    """Where calls meet."""
    recognizer: Recognizer
    transcriber: Transcriber
    """Transcribes recordings."""
    transcriptions: Transcriptions
    """What is said on calls, told while it is said."""
    detector: MachineDetector
    """Tells answering machines from people."""
    sockets: SocketClient
    """Opens WebSockets to applications."""
    chance: Chance
    streams: Streams
    siprecs: Siprecs


class Runner:
    """The TwiML program of one call."""

    def __init__(
        self,
        call: Call,
        application: Application,
        conversation: Conversation,
        tools: Tools,
        dialler: Dialler,
    ) -> None:
        self._call = call
        self._application = application
        self._conversation = conversation
        self._tools = tools
        self._dialler = dialler
        self._problems = ProblemsTold()
        self._is_whisper = False
        self._departure: Departure | None = None
        self._last_words: list[LastWord] = []
        self._left_ringing: list[CallStatus] = []

    def redirected(self, start: "GoTo | InlineDocument", fallback: GoTo | None) -> "Runner":
        """Another program of the same call and the same conversation, which begins at `start`.

        fallback: in place of the one there was; None leaves it.
        """
        application = replace(self._application, start=start)
        if fallback is not None:
            application = replace(application, fallback_url=fallback.url, fallback_method=fallback.method)
        return Runner(self._call, application, self._conversation, self._tools, self._dialler)

    def know_sip(self, sip: SipParameters) -> None:
        """What a callee's answer has told: sent with every request from now on."""
        self._application = replace(self._application, sip=sip)

    def tell_first(self, results: tuple[tuple[str, str], ...]) -> None:
        """What the request for the first document says beside the rest."""
        start = self._application.start
        if isinstance(start, GoTo):
            self._application = replace(self._application, start=replace(start, results=results))

    async def run(self) -> None:
        """Run until a document ends the call. The owner hangs up what is still up."""
        try:
            await self._run()
        except asyncio.CancelledError:
            await self._speak_last_words()
            raise

    async def run_whisper(self) -> bool:
        """Run the documents of a callee that is not bridged yet; whether the bridge is to follow.

        It is not after a Hangup, nor after a document that failed: the callee then hears the error sentence.
        """
        self._is_whisper = True
        end = await self._attempt(self._application.start)
        if isinstance(end, _Failure):
            await self._apologise()
        return end is Flow.CONTINUE

    async def run_transfer(self, transfer: Transfer) -> bool:
        """Run the document of a transfer on this call, which stays; whether the transferor has gone.

        If not it came to nothing, and the two talk on.
        """
        departure, before = transfer.departure, self._departure
        self._is_whisper, self._departure = False, departure
        watching = asyncio.create_task(departure.watch())
        try:
            if transfer.document is not None:
                await self._run_from(transfer.document)
        except asyncio.CancelledError:
            departure.failure = CANCELED  # who was to be transferred has hung up
            raise
        finally:
            watching.cancel()
            departure.fail()
            self._departure = before
        return departure.is_gone

    async def _speak_last_words(self) -> None:
        """Ask the action of a verb although the caller has gone, or another document took over."""
        for word in self._last_words:
            if not (self._call.leg.is_ended or word.is_for_redirect):
                continue
            try:
                await self._fetch(word.target)
            except DocumentError as error:
                self._call.note(error.code, error.message, error.request)

    async def _run(self) -> None:
        await self._run_from(self._application.start)

    async def _run_from(self, start: GoTo | InlineDocument) -> None:
        application = self._application
        failure = self._failure(await self._attempt(start))
        if failure is not None and self._talks_on:
            return
        if failure is not None and application.fallback_url:
            results = (("ErrorCode", str(failure.error.code)), ("ErrorUrl", failure.url))
            fallback = GoTo(application.fallback_url, application.fallback_method, results)
            failure = self._failure(await self._attempt(fallback))
        if failure is not None:
            await self._apologise()

    @property
    def _talks_on(self) -> bool:
        """Whether a document of a transfer failed before anybody left: the caller is not told."""
        return self._departure is not None and not self._departure.is_gone

    @staticmethod
    def _failure(end: "_Failure | Flow") -> "_Failure | None":
        return end if isinstance(end, _Failure) else None

    async def _attempt(self, start: GoTo | InlineDocument) -> "_Failure | Flow":
        """Run documents from one on; how the last ended, or the failure, already noted, that stopped it."""
        following: GoTo | InlineDocument | Flow = start
        silent_documents, loop = 0, asyncio.get_running_loop()
        while not isinstance(following, Flow):
            url = following.url if isinstance(following, GoTo) else ""
            summary: Callable[[], RequestSummary] = RequestSummary
            try:
                program, document = await self._load(following)
                summary = program.document_summary
                if self._departure is not None:
                    self._departure.document_is_here()
                began_s = loop.time()
                following = await self._run_document(document, program)
                is_silent = loop.time() - began_s < SILENT_S
                silent_documents = silent_documents + 1 if is_silent else 0
                if silent_documents > SILENT_DOCUMENTS_MAX:
                    raise DocumentError(
                        11215, f"{SILENT_DOCUMENTS_MAX} documents in a row without a word or a pause"
                    )
            except DocumentError as error:
                self._call.note(error.code, error.message, error.request or summary())
                if self._departure is not None:
                    self._departure.document_failed()
                return _Failure(error, url)
        return following

    async def _load(self, source: GoTo | InlineDocument) -> tuple[Program, Document]:
        if isinstance(source, InlineDocument):
            program, document = self._parse(FetchedDocument("", source.twiml.encode()))
            return replace(program, dial_is_recorded_as=source.dial_is_recorded_as), document
        return await self.load(source)

    async def load(self, target: GoTo) -> tuple[Program, Document]:
        """Fetch and read a document, for whoever runs it. Raises: DocumentError."""
        fetched = await self._fetch(target)
        return self._parse(fetched)

    async def run_beside(self, verb: Verb, program: Program) -> Next:
        """Run one verb of a document that another verb runs. Raises: DocumentError."""
        return await _run(verb, program)

    async def _fetch(self, target: GoTo) -> FetchedDocument:
        if self._tools.sounds.is_recording(target.url, self._call.record.account_sid):
            # As an answer that is audio (reference/twiml 1.7): an announcement, say, or music on hold.
            return FetchedDocument(
                target.url, f"<Response><Play>{escape(target.url)}</Play></Response>".encode()
            )
        request = CallRequest(
            url=target.url,
            method=target.method,
            call=self._call.record,
            sip=self._application.sip,
            results=target.results,
            auth_token=self._application.auth_token,
            application_sid=self._application.application_sid,
            forwarded_from=self._application.forwarded_from,
            stir_verstat=self._application.stir_verstat,
        )
        fetching = self._conversation.fetch_document(request)
        loop = asyncio.get_running_loop()
        began_s, failed_with = loop.time(), None
        try:
            return await (_to_the_end(fetching) if target.outlives_call else fetching)
        except WebhookError as error:
            failed_with = error.code
            raise DocumentError(error.code, error.message, error.request) from error
        finally:
            took_ms = round((loop.time() - began_s) * 1000)
            facts: Facts = (("method", target.method), ("ms", took_ms), ("code", failed_with))
            self._call.happened(Kind.WEBHOOK, without_login(target.url), (*facts, *target.results))

    def _parse(self, fetched: FetchedDocument) -> tuple[Program, Document]:
        """An inline document has no URL, and its relative URLs lead nowhere."""
        url = fetched.url
        where = f"in the document from {url}" if url else "in the document of the request"
        try:
            document = parse(fetched.twiml)
        except TwimlError as error:
            raise DocumentError(error.code, f"{error} {where}", fetched.summary()) from error
        self._tell_problems(document, where, fetched)
        program = Program(
            call=self._call,
            voice=self._tools.voice,
            sounds=self._tools.sounds,
            conversation=self._conversation,
            auth_token=self._application.auth_token,
            dialler=self._dialler,
            recorder=self._tools.recorder,
            courier=self._tools.courier,
            streams=self._tools.streams,
            siprecs=self._tools.siprecs,
            queues=self._tools.queues,
            conferences=self._tools.conferences,
            recognizer=self._tools.recognizer,
            transcriber=self._tools.transcriber,
            transcriptions=self._tools.transcriptions,
            sockets=self._tools.sockets,
            chance=self._tools.chance,
            document_url=url,
            document_summary=fetched.summary,
            forwarded_from=self._application.forwarded_from,
            run_transfer=self.run_transfer,
            documents=self,
            departure=self._departure,
            is_whisper=self._is_whisper,
            last_words=self._last_words,
            left_ringing=self._left_ringing,
        )
        return program, document

    def _tell_problems(self, document: Document, where: str, fetched: FetchedDocument) -> None:
        about: RequestSummary | None = None
        for problem in document.problems:
            text = f"{problem} {where}"
            if not self._problems.is_news(problem.code, text):
                continue
            # With the first of them what the application answered, which need not be kept a hundred times.
            if about is None:
                about = fetched.summary()
                self._call.note(problem.code, text, about)
                about = replace(about, response_headers="", response_body="")
            else:
                self._call.note(problem.code, text, about)

    async def _run_document(self, document: Document, program: Program) -> GoTo | Flow:
        for verb in document.verbs:
            following = await self._run_verb(verb, program)
            if isinstance(following, GoTo):
                return following
            if following is Flow.END:
                return Flow.END
        if self._is_to_be_rescued and self._application.rescue is not None:
            rescue, self._application = self._application.rescue, replace(self._application, rescue=None)
            self._left_ringing.clear()
            return rescue
        await self._end_document()
        return Flow.CONTINUE

    @property
    def _is_to_be_rescued(self) -> bool:
        is_ringing = self._call.leg.state is LegState.INCOMING
        return is_ringing and bool(self._left_ringing) and self._left_ringing[-1] is CallStatus.FAILED

    async def _end_document(self) -> None:
        """Any first document but Reject answers the call, an empty one included (reference/twiml 1.10).

        But a caller that a Dial left ringing is told what came of that (reference/sip-interface 15.2).
        """
        if self._left_ringing and self._call.leg.state is LegState.INCOMING:
            self._call.refuse(*_LEFT_RINGING[self._left_ringing[-1]])
        else:
            self._answer()
        if self._call.is_referred:
            with contextlib.suppress(TimeoutError):  # and the owner hangs up
                async with timeout(REFERRED_S):
                    await self._call.ended.wait()

    async def _run_verb(self, verb: Verb, program: Program) -> Next:
        runner = RUNNERS[type(verb)]
        if runner.needs is not Needs.NOTHING:
            if self._departure is not None:
                self._departure.leave()  # from here on the document has the ear of who stays
            self._answer()
        log.debug("verb.started", call_sid=self._call.sid, verb=type(verb).__name__)
        self._last_words.clear()
        return await _run(verb, program)

    def _answer(self) -> None:
        answer(self._call)

    async def _apologise(self) -> None:
        """Say the error sentence; a call that cannot even be answered is left to its owner."""
        if self._call.leg.is_ended:
            return
        try:
            self._answer()
            await self._tools.voice.say(self._call.leg.audio, Utterance(ERROR_SENTENCE))
        except (DocumentError, SpeechError, MediaBusyError) as error:
            self._call.note(12400, f"the error sentence could not be spoken: {error}")


_LEFT_RINGING: Final = {
    CallStatus.BUSY: (486, CallStatus.BUSY),
    CallStatus.NO_ANSWER: (480, CallStatus.NO_ANSWER),
    CallStatus.FAILED: (503, CallStatus.NO_ANSWER),
    CallStatus.CANCELED: (487, CallStatus.NO_ANSWER),
    CallStatus.COMPLETED: (480, CallStatus.NO_ANSWER),
}
"""What came of a Dial, to the response to its caller and the status of that call. Of a callee that did answer
the whisper hung up."""


@dataclass(frozen=True, slots=True)
class _Failure:
    error: DocumentError
    url: str


async def _run(verb: Verb, program: Program) -> Next:
    program.call.happened(Kind.VERB, type(verb).__name__, (("line", verb.line),))
    try:
        return await RUNNERS[type(verb)].run(verb, program)
    except MediaBusyError as error:
        raise DocumentError(12400, f"too much was queued to be played: {error}") from error


async def _to_the_end(fetching: Coroutine[Any, Any, FetchedDocument]) -> FetchedDocument:
    """Cancelled or not, the request is answered before this returns."""
    task = asyncio.ensure_future(fetching)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
