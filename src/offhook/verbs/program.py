"""A program: one TwiML document running on one Call, and what its verbs may use.

Made by `verbs/runner.py` for each document; given to every verb.
"""

from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Protocol
from urllib.parse import urljoin

from offhook.base.frozen import frozen
from offhook.base.ids import Chance
from offhook.base.redact import Secret
from offhook.call.audio import LegAudio
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.conference.conferences import Conferences
from offhook.media.ports import Clip
from offhook.media.ports.engine import NoFreePortError
from offhook.media_streams.streams import Streams
from offhook.model.call import CallStatus
from offhook.model.notification import RequestSummary
from offhook.model.recording import RecordingSource
from offhook.queue.queues import Queues
from offhook.recording.recorder import Recorder, RecordingCallback
from offhook.recording.transcriber import Transcriber
from offhook.siprec.siprecs import Siprecs
from offhook.speech.ports import Recognizer
from offhook.streaming.ports import SocketClient
from offhook.transcribing.transcriptions import Transcriptions
from offhook.twiml.document import Document, Verb
from offhook.twiml.recording_callback import RecordingCallback as WrittenCallback
from offhook.twiml.url import url_fault
from offhook.verbs.dialler import ChildCall, Dialler
from offhook.verbs.sounds import Sounds
from offhook.verbs.transfer import Departure, Transfer
from offhook.verbs.verb import GoTo, Next
from offhook.verbs.voice import Voice
from offhook.webhook.ports import Conversation, MediaRequest


class DocumentError(Exception):
    """The document cannot go on: the fallback URL is asked, else the caller hears the error sentence.

    code: Twilio's error code (reference/twiml 16, policy "fatal").
    request: what failed, where that is another one than the document's own.
    """

    def __init__(self, code: int, message: str, request: RequestSummary | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request = request


@frozen
class LastWord:
    """A request that is sent although its verb was cancelled; nobody runs the answer."""

    target: GoTo
    is_for_redirect: bool = False
    """Whether it is sent, too, where the caller is still there and another document takes over."""


class Documents(Protocol):
    """Further documents of the program's call, for a verb that runs them itself (`side_document.py`)."""

    async def load(self, target: GoTo) -> "tuple[Program, Document]":
        """Fetch and read one. Raises: DocumentError."""
        ...

    async def run_beside(self, verb: Verb, program: "Program") -> Next:
        """Run one verb of such a document on the call, which is answered. Raises: DocumentError."""
        ...


@frozen
class Program:
    """What a verb sees."""

    call: Call
    voice: Voice
    sounds: Sounds
    conversation: Conversation
    """With the application: its cookies and logins."""
    auth_token: Secret
    """Signs the requests."""
    dialler: Dialler
    """Calls people."""
    recorder: Recorder
    """Makes recordings."""
    courier: Courier
    """Carries news to the application."""
    streams: Streams
    """Lets applications hear the call, and talk to it."""
    siprecs: Siprecs
    """Passes the call on to recording servers."""
    queues: "Queues[ChildCall]"
    """Where calls wait."""
    conferences: Conferences
    """Where calls meet."""
    recognizer: Recognizer
    """Understands what callers say."""
    transcriber: Transcriber
    """Transcribes recordings."""
    transcriptions: Transcriptions
    """What is said on calls, told while it is said."""
    sockets: SocketClient
    """Opens WebSockets to applications."""
    chance: Chance
    document_url: str
    """Where the document came from, after redirects; empty for one that came with a request."""
    document_summary: Callable[[], RequestSummary]
    """How it was asked for and came, for a notification about it."""

    run_transfer: Callable[[Transfer], Awaitable[bool]]
    """Runs the document of a transfer on this call; False when it came to nothing, and the talk goes on."""

    documents: Documents
    """For verbs that run documents while they wait."""

    forwarded_from: str | None = None
    """Whom the call was diverted from."""
    elsewhere: LegAudio | None = None
    """Where a document is heard that is not heard on the call: by all of a conference."""
    departure: Departure | None = None
    """Who leaves, while the document is that of a transfer."""
    is_whisper: bool = False
    """Whether it runs on a callee before the bridge."""
    dial_is_recorded_as: RecordingSource = RecordingSource.DIAL_VERB
    """Who asked for the recording of a Dial."""
    last_words: list[LastWord] = field(default_factory=list)
    """What a verb that is cancelled wants asked all the same."""
    left_ringing: list[CallStatus] = field(default_factory=list)
    """What came of each Dial that left the caller unanswered."""

    @property
    def audio(self) -> LegAudio:
        """Where the document is heard. Raises: UsageError before the call has audio."""
        return self.call.leg.audio if self.elsewhere is None else self.elsewhere

    def answer(self) -> None:
        """Answer the call if it is not answered yet. Raises: DocumentError 12400 without a media port."""
        answer(self.call)

    @property
    def is_talking(self) -> bool:
        """Whether the call talks on with who transfers it, while this document looks for somebody else."""
        return self.departure is not None and not self.departure.is_gone

    def resolve(self, reference: str | None) -> str:
        """An absolute URL for one in the document; None or empty is the document itself.

        What can be no URL comes back as it is, and is refused when it is asked for (11100): joined to the
        document's it would be another one, `http://` the document itself.
        """
        if reference and url_fault(reference):
            return reference
        return urljoin(self.document_url, reference or "")

    def recording_callback(self, written: WrittenCallback | None) -> RecordingCallback | None:
        """Who hears of a recording, by what the document says."""
        if written is None:
            return None
        return RecordingCallback(self.resolve(written.url), written.method, written.events)

    async def sound(self, reference: str) -> Clip:
        """The clip of a file that the document names. Raises: WebhookError, AudioFileError."""
        request = MediaRequest(self.resolve(reference), self.auth_token)
        return await self.sounds.clip(request, self.conversation, self.call.record.account_sid)


def answer(call: Call) -> None:
    """Answer a call if it is not answered yet. Raises: DocumentError 12400 without a media port."""
    try:
        call.answer()
    except NoFreePortError as error:
        raise DocumentError(12400, f"the call could not be answered: {error}") from error
