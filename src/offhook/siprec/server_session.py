"""A recording session with one server as SIP has it, from its INVITE to its BYE (RFC 7866 §6 to 8).

    INVITE: streams, metadata -> 2xx: they are sent ... who talks changes -> UPDATE or re-INVITE: all anew
    the server's own offer -> answered: it pauses a stream, or takes it up again   BYE of either -> over

Made for each server that is tried by `recording_session.py`, which owns the tracks.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from offhook.base.errors import PeerError
from offhook.base.ids import Chance
from offhook.sip.body import carries
from offhook.sip.event import (
    Accepted,
    Acknowledged,
    EndCause,
    Ended,
    Event,
    InfoReceived,
    MessageReceived,
    Modified,
    NotModified,
    OfferReceived,
    Refused,
    UpdateReceived,
)
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.siprec.description import RecordedStream, RecordedStreams
from offhook.siprec.metadata import MEDIA_TYPE, REQUEST_TYPE
from offhook.siprec.recorded_track import RecordedTrack
from offhook.transport.ports import SipEndpoint

EVENTS_MAX: Final = 64
REQUIRE: Final = ("Require", "siprec")
SESSION_S: Final = 120
"""Session interval (RFC 4028): a server that has died is found in two minutes, where it keeps to that."""
HUNG_UP: Final = frozenset({EndCause.REMOTE_BYE, EndCause.LOCAL_BYE})
"""Ends that somebody wanted."""


class ServerFailedError(Exception):
    """The server does not record, or no more. has_answered: whether it was it that said so."""

    def __init__(self, message: str, *, has_answered: bool) -> None:
        super().__init__(message)
        self.message = message
        self.has_answered = has_answered


class _Changed:
    """Who talks may have changed."""


_CHANGED: Final = _Changed()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded, and who is told of it."""

    tracks: Sequence[RecordedTrack]
    labels: Sequence[str]
    """Of the tracks, in the SDP."""
    describe: Callable[[bool], bytes | None]
    """The metadata of now; None where nothing has changed since, unless it is told `True`."""
    started: Callable[[], None]
    """Called when the server takes it."""
    refused_change: Callable[[str], None]
    """Called when the server does not take a change that it was told."""


class ServerSession:
    """See the head of the file."""

    def __init__(
        self, endpoint: SipEndpoint, recorded: Recorded, chance: Chance, host: str, *, is_secure: bool
    ):
        """host: the address that stands in our SDP. is_secure: whether it is SRTP."""
        self._endpoint = endpoint
        self._recorded = recorded
        self._host = host
        self._events: asyncio.Queue[Event | _Changed] = asyncio.Queue(EVENTS_MAX)
        self._is_flooded = False
        self._is_due = False
        """Whether there may be something to tell."""
        self._is_all_due = False
        """Whether it is to be told even where nothing has changed."""
        self._awaits_answer = False
        streams = [
            RecordedStream(label, track.rtp_port, chance, is_secure=is_secure)
            for track, label in zip(recorded.tracks, recorded.labels, strict=True)
        ]
        self._streams = RecordedStreams(int(chance.hex(6), 16), streams)

    async def run(self, invitation: Invitation) -> None:
        """From the INVITE until either side hangs up; what is canceled says BYE. Raises: ServerFailedError.

        invitation: all but the offer and the metadata.
        """
        endpoint = self._endpoint
        session = endpoint.user_agent.invite(self._complete(invitation), endpoint.now())
        endpoint.attach(session, self._put)
        endpoint.flush()
        try:
            while await self._handle(session, await self._events.get()):
                pass
        finally:
            session.close(endpoint.now())
            endpoint.flush()

    def changed(self) -> None:
        """Who talks may have changed: the server is told as soon as it can be."""
        if not self._is_due:
            self._is_due = True
            self._put(_CHANGED)

    def _complete(self, invitation: Invitation) -> Invitation:
        about = self._recorded.describe(True)
        attachment = None if about is None else (MEDIA_TYPE, about)
        return replace(
            invitation,
            headers=(REQUIRE, *invitation.headers),
            offer=self._streams.offer(self._host),
            attachment=attachment,
            feature_tag="+sip.src",
            takes=(REQUEST_TYPE,),
            session_expires_s=SESSION_S,
        )

    def _put(self, event: Event | _Changed) -> None:
        if self._events.full():
            self._is_flooded = True
        else:
            self._events.put_nowait(event)

    async def _handle(self, session: InviteSession, event: Event | _Changed) -> bool:
        """Take one event; whether the session goes on. Raises: ServerFailedError."""
        if self._is_flooded:
            raise ServerFailedError("it sends more than can be read", has_answered=True)
        match event:
            case Accepted(description=description):
                self._take_answer(description)
                self._recorded.started()
                self._tell_due(session)
            case Refused(status=status, reason=reason, response=response):
                text = f"answered {status} {reason}".rstrip()
                if response is None:
                    text = f"did not answer: {reason}"
                raise ServerFailedError(text, has_answered=response is not None and status != 503)
            case Ended(cause=cause) if cause in HUNG_UP:
                return False
            case Ended(cause=cause):
                raise ServerFailedError(f"is gone: {cause.value}", has_answered=False)
            case _Changed():
                self._tell_due(session)
            case _:
                self._handle_change(session, event)
        return True

    def _handle_change(self, session: InviteSession, event: Event) -> None:
        """Take what the server wants changed, or says to what we want. Raises: ServerFailedError."""
        match event:
            case OfferReceived():
                self._answer(session, event)
            case Acknowledged(description=description) if self._awaits_answer:
                self._awaits_answer = False
                self._take_answer(description)
            case UpdateReceived(request=request):
                self._is_all_due = carries(request, REQUEST_TYPE)
                self._tell_due(session)
            case Modified(description=description, is_refresh=is_refresh):
                if is_refresh:
                    self._streams.offer(self._host)
                if description:
                    self._take_answer(description)
                self._tell_due(session)
            case NotModified(status=408 | 503, reason=reason, response=None):
                raise ServerFailedError(f"is gone: {reason}", has_answered=False)
            case NotModified(status=status, reason=reason):
                self._recorded.refused_change(f"{status} {reason}".rstrip())
                self._tell_due(session)
            case InfoReceived(incoming=incoming) | MessageReceived(incoming=incoming):
                session.respond(incoming, 403, self._endpoint.now())  # nobody reads it
                self._endpoint.flush()
            case _:
                pass  # it rings, or sends what a recording has no use for

    def _take_answer(self, description: bytes) -> None:
        try:
            self._streams.accept_answer(description)
        except PeerError as error:
            raise ServerFailedError(
                f"gave an answer that cannot be used: {error}", has_answered=True
            ) from error
        self._apply()

    def _answer(self, session: InviteSession, event: OfferReceived) -> None:
        """Answer the server's offer; where it asks us to make it, its answer comes with the ACK."""
        if not session.has_offer:
            return  # it was canceled meanwhile
        now = self._endpoint.now()
        try:
            if event.description:
                said = self._streams.answer(event.description, self._host)
                self._apply()
            else:
                said = self._streams.offer(self._host)
                self._awaits_answer = True
        except PeerError as error:
            session.reject(error.status or 488, now)
        else:
            session.accept(said, now)
        self._endpoint.flush()
        if carries(event.request, REQUEST_TYPE):
            self._is_all_due = True
            self._tell_due(session)

    def _apply(self) -> None:
        for track, stream in zip(self._recorded.tracks, self._streams.streams, strict=True):
            track.apply(stream.agreement)

    def _tell_due(self, session: InviteSession) -> None:
        """Tell it the metadata of now, where they have changed, or it has asked for them.

        What cannot be told yet, before the answer or while another change is out, is when that is there.
        """
        if not (self._is_due or self._is_all_due) or not session.can_modify:
            return
        about = self._recorded.describe(self._is_all_due)
        self._is_due = self._is_all_due = False
        if about is None:
            return
        offer, now = self._streams.offer(self._host), self._endpoint.now()
        session.modify(offer, now, (REQUIRE,), attachment=(MEDIA_TYPE, about))
        self._endpoint.flush()
