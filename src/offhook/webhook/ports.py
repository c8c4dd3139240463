"""Webhooks as the rest of the house sees them.

Called by `verbs/` and whoever has news for an application. Implemented by `webhook/client.py`. Here
alone are the PascalCase names of Twilio's parameters made: callers hand over records and results.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from offhook.base.frozen import frozen
from offhook.base.redact import Secret
from offhook.model.call import Call
from offhook.model.conference import Conference, Departure, Participant
from offhook.model.notification import RequestSummary
from offhook.model.recording import Recording

MEDIA_MAX: Final = 40 * 1024 * 1024
"""Bytes of a file to be played, before and after decompression: 40 minutes of MP3 at 128 kbit/s."""

Parameters = tuple[tuple[str, str], ...]
"""Names and values in the order in which they are sent; a name may come twice."""


@frozen
class SipParameters:
    """What a call that came by SIP, or the callee of `<Sip>`, adds to every request.

    Source: reference/sip-interface 3.2, 4.5, 7.
    """

    domain: str
    """Host of the Request-URI, as the domain is stored."""
    domain_sid: str | None
    """None where a foreign host was called."""
    call_id: str
    source_ip: str
    """Where the peer's signalling comes from."""
    username: str | None
    """Digest user, when the caller authenticated."""
    headers: tuple[tuple[str, str], ...]
    """Of the caller's INVITE, or of the callee's 200: name and value as sent, in order; the `X-` headers and
    `User-to-User` among them are told."""


@frozen
class CallRequest:
    """One request for a document of a call (reference/twiml 1.2, 1.3)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    call: Call
    """The record as of now."""
    sip: SipParameters | None
    results: Parameters
    """What the last verb found out, by Twilio's names: `Digits`, `ErrorCode` …"""
    auth_token: Secret
    """The account's, with which the request is signed."""
    application_sid: str | None = None
    """Of the Application that answers in place of a number's own URLs."""
    forwarded_from: str | None = None
    """Whom a carrier's call was diverted from."""
    stir_verstat: str | None = None
    """Whether the caller's number is vouched for; None where that was not asked."""


@frozen
class FetchedDocument:
    """A document as TwiML, whatever it was sent as (reference/twiml 1.7)."""

    url: str
    """Where it came from after redirects: relative URLs in it resolve against this."""
    twiml: bytes
    """At most 64 kB. Plain text that is no TwiML comes as a `<Say>` of it."""
    summary: Callable[[], RequestSummary] = field(default=RequestSummary, compare=False, repr=False)
    """The request and its answer, for a notification about the document; made when it is wanted."""


class ProgressEvent(StrEnum):
    """What happens to a call that an application may be told of, in this order (reference/twiml 12.1)."""

    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class CallRecording:
    """The recording that news of a call's end name."""

    sid: str
    """RE and 32 digits."""
    url: str
    """Where it can be had, without a suffix."""
    duration_s: int
    """Whole seconds."""


@dataclass(frozen=True, slots=True)
class ProgressNews:
    """News of a call for an application, whose answer nobody reads (reference/twiml 12.1)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    event: ProgressEvent
    """What happened."""
    call: Call
    """The record as it was then."""
    sequence_number: int
    """From 0, of those sent of this call to this URL."""
    auth_token: Secret
    """The account's, with which the request is signed."""
    recording: CallRecording | None = None
    """With COMPLETED, where Dial or the API had the call recorded."""


@dataclass(frozen=True, slots=True)
class RecordingNews:
    """News of a recording (reference/twiml 12.2)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    recording: Recording
    """The record as it was then."""
    recording_url: str
    """Where it can be had, without a suffix."""
    auth_token: Secret
    """The account's, with which the request is signed."""


@dataclass(frozen=True, slots=True)
class EventNews:
    """News of something that runs on a call, by the names of its own callback (reference/twiml 4, 11, 13)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    parameters: Parameters
    """What is told, by Twilio's names."""
    auth_token: Secret
    """The account's, with which the request is signed."""
    call: Call | None = None
    """The record as it was then, whose standard parameters come first; None sends `parameters` alone."""
    failure_code: int | None = None
    """What is noted where the application does not take it; None: 15003, or what went wrong."""


class ConferenceSubscription(StrEnum):
    """What of a conference an application may ask to be told (reference/twiml 6.7)."""

    START = "start"
    END = "end"
    JOIN = "join"
    LEAVE = "leave"
    MUTE = "mute"
    HOLD = "hold"
    MODIFY = "modify"
    SPEAKER = "speaker"
    ANNOUNCEMENT = "announcement"


class ConferenceEvent(StrEnum):
    """What happens in a conference (StatusCallbackEvent, reference/twiml 12.3)."""

    CONFERENCE_START = "conference-start"
    CONFERENCE_END = "conference-end"
    PARTICIPANT_JOIN = "participant-join"
    PARTICIPANT_LEAVE = "participant-leave"
    PARTICIPANT_MUTE = "participant-mute"
    PARTICIPANT_UNMUTE = "participant-unmute"
    PARTICIPANT_HOLD = "participant-hold"
    PARTICIPANT_UNHOLD = "participant-unhold"
    PARTICIPANT_MODIFY = "participant-modify"
    PARTICIPANT_SPEECH_START = "participant-speech-start"
    PARTICIPANT_SPEECH_STOP = "participant-speech-stop"
    ANNOUNCEMENT_END = "announcement-end"
    ANNOUNCEMENT_FAIL = "announcement-fail"


@dataclass(frozen=True, slots=True)
class ConferenceNews:
    """News of a conference (reference/twiml 12.3)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    event: ConferenceEvent
    """What happened."""
    conference: Conference
    """The record as it was then."""
    sequence_number: int
    """From 1, of those sent of this conference."""
    happened_at: datetime
    auth_token: Secret
    """The account's, with which the request is signed."""
    participant: Participant | None = None
    """Whom it is about, as it was then; with CONFERENCE_END who ended it by leaving."""
    departure: Departure | None = None
    """With PARTICIPANT_LEAVE: why."""
    reason: str = ""
    """A sentence: with CONFERENCE_END why, with ANNOUNCEMENT_FAIL why not."""
    announce_url: str | None = None
    """With the two of announcements."""


News = ProgressNews | RecordingNews | EventNews | ConferenceNews
"""Whatever an application may be told."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer said by which one can ask whether it has changed (RFC 9110 §8.8)."""

    etag: str = ""
    """"" where there was none."""
    modified: str = ""
    """Last-Modified as it came; "" where there was none."""


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """One request for a file to be played, by GET (reference/twiml 3.2)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    auth_token: Secret
    """The account's, with which the request is signed."""
    known: Validators = Validators()
    """Of the file that we have."""


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """A file, or that it has not changed."""

    url: str
    """Where it came from after redirects."""
    media_type: str
    """Of Content-Type, in lower case and without parameters; "" when it was absent."""
    data: bytes | None
    """At most 40 MiB; None when it has not changed."""
    validators: Validators
    """To ask with next time."""
    fresh_s: float | None
    """How long it may be used without asking: 0 not at all; None must not be kept."""


class WebhookError(Exception):
    """A request that failed for good.

    code: Twilio's error code (11200 family, 12300; reference/twiml 16).
    url: what was asked for, without user information.
    status: HTTP status when there was an answer.
    request: the request and its answer, for a notification; None is the URL alone.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        url: str,
        status: int | None = None,
        request: RequestSummary | None = None,
    ) -> None:
        super().__init__(message)
        self.request = RequestSummary(url=url) if request is None else request
        self.code = code
        self.message = message
        self.url = url
        self.status = status


class Conversation(Protocol):
    """The requests of one call: one cookie jar, one login."""

    async def fetch_document(self, request: CallRequest) -> FetchedDocument:
        """Send a request, follow redirects, read the answer, at most 15 s in all.

        Raises: WebhookError.
        """
        ...

    async def fetch_media(self, request: MediaRequest) -> FetchedMedia:
        """Ask for a file, with the cookies and logins of the call; at most 60 s in all.

        Raises: WebhookError.
        """
        ...


class WebhookClient(Protocol):
    """Asks customers' applications."""

    def conversation(self) -> Conversation:
        """A new one, for a new call. It holds no resource that needs closing."""
        ...

    async def deliver(self, news: News) -> None:
        """Send news and wait until the application has taken it, at most 15 s in all.

        Raises: WebhookError.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class PublicFiles(Protocol):
    """Fetches small public files of whoever calls."""

    async def fetch_public(self, url: str) -> bytes:
        """At most 64 KiB, within 5 s, from where webhooks may go. Raises: WebhookError."""
        ...
