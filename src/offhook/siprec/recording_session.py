"""One recording session: we are the client (SRC) of RFC 7866, and invite the recording server (SRS).

    the call is answered -> INVITE: SDP with a stream a track, metadata -> 2xx -> RTP ... -> BYE
         tap of the call's leg --frames--> a port of its own for each track --RTP--> server

Run by `siprecs.py` as a task of its own: whatever becomes of it, the call goes on. A server that asks for a
change gets what was agreed on again. Source: RFC 7866 §6 to 9, RFC 7865; reference/twiml 8.2.
"""

import asyncio
from base64 import b64encode
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

import structlog

from offhook.base.errors import PeerError, UsageError
from offhook.base.ids import Chance
from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.call.leg_tap import LegTap
from offhook.media.ports import (
    AudioFeed,
    MediaBusyError,
    MediaEngine,
    MediaEvent,
    MediaPort,
    NoFreePortError,
    TapHeard,
)
from offhook.model.recording import RecordingTrack
from offhook.model.siprec import Siprec
from offhook.model.stream import StreamStatus
from offhook.sip.event import Accepted, Ended, Event, OfferReceived, Refused
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.siprec.description import OfferedStream, offer, plans
from offhook.siprec.metadata import MEDIA_TYPE, RecordedParticipant, metadata
from offhook.trace.ports import Kind
from offhook.transport.ports import NoRouteError, SipEndpoint
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.siprec")

RATE_HZ: Final = 8000
HEAD_START: Final = b"\xff" * 480
"""60 ms of silence before the first frame: what comes unevenly leaves evenly."""
FAILED: Final = 12400
"""No code of Twilio's is known for a recording server that does not take the call."""
EVENTS_MAX: Final = 64
LABELS: Final = {RecordingTrack.INBOUND: "1", RecordingTrack.OUTBOUND: "2"}
TRACKS: Final = {
    RecordingTrack.INBOUND: (RecordingTrack.INBOUND,),
    RecordingTrack.OUTBOUND: (RecordingTrack.OUTBOUND,),
    RecordingTrack.BOTH: (RecordingTrack.INBOUND, RecordingTrack.OUTBOUND),
}


class SiprecError(Exception):
    """The session came to nothing. code: Twilio's."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class SiprecOrder:
    """What is wanted."""

    server: str
    """SIP URI of the recording server."""
    auth_token: Secret
    """Signs the callbacks."""
    name: str | None = None
    """Unique of its call; None is the SiprecSid."""
    track: RecordingTrack = RecordingTrack.BOTH
    callback: tuple[str, str] | None = None
    """Who is told of it: an absolute URL, and GET or POST."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Sent as `X-` headers of the INVITE."""


@dataclass(frozen=True, slots=True)
class SiprecTools:
    """What every session works with."""

    endpoint: SipEndpoint
    media: MediaEngine
    courier: Courier
    ledger: Ledger
    chance: Chance


class RecordingSession:
    """See the head of the file. `record` is as of now."""

    def __init__(self, call: Call, order: SiprecOrder, record: Siprec, tools: SiprecTools) -> None:
        self.record = record
        self.order = order
        self._call = call
        self._tools = tools
        self._over = asyncio.Event()
        self._events: asyncio.Queue[Event] = asyncio.Queue(EVENTS_MAX)
        self._feeds: dict[RecordingTrack, AudioFeed] = {}
        self._said = b""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is to end at once."""
        return self._over.is_set()

    def stop(self) -> Siprec:
        """End it. Twice is once. As it is then."""
        if not self._over.is_set():
            self._over.set()
            now = self._tools.ledger.now()
            self.record = replace(self.record, status=StreamStatus.STOPPED, updated_at=now)
        return self.record

    async def run(self) -> None:
        """Until it has ended. Whatever goes wrong ends this session and nothing else."""
        recording = asyncio.create_task(self._record())
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait((recording, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (recording, over):
                task.cancel()
            await asyncio.wait((recording, over))
            self.stop()
        error = None if recording.cancelled() else recording.exception()
        if isinstance(error, SiprecError):
            self._call.note(error.code, f"The recording session {self.record.name}: {error.message}")
            self._tell("siprec-error", error)
            return
        self._tell("siprec-stopped")
        if error is not None:
            raise error

    async def _record(self) -> None:
        """Raises: SiprecError."""
        await self._call.answered.wait()
        with ExitStack() as held:
            try:
                tap = held.enter_context(self._call.leg.audio.tapping(self.order.track))
                ports = [self._open_port(track, held) for track in TRACKS[self.order.track]]
            except (NoFreePortError, MediaBusyError, UsageError) as error:
                raise SiprecError(f"the call cannot be passed on: {error}") from error
            session = await self._invite(ports)
            try:
                await self._stream(session, ports, tap)
            finally:
                session.close(self._tools.endpoint.now())
                self._tools.endpoint.flush()

    def _open_port(self, track: RecordingTrack, held: ExitStack) -> MediaPort:
        port = self._tools.media.open_port(_ignore)
        held.callback(port.close)
        self._feeds[track] = feed = port.open_feed(RATE_HZ)
        feed.feed_ulaw(HEAD_START)
        return port

    async def _invite(self, ports: list[MediaPort]) -> InviteSession:
        endpoint = self._tools.endpoint
        try:
            uri = SipUri.parse(self.order.server)
            target = (await endpoint.locate(uri))[0]
            host = endpoint.media_host_towards(target)
        except (PeerError, NoRouteError) as error:
            raise SiprecError(f"there is no way to {self.order.server}: {error}") from error
        tracks = TRACKS[self.order.track]
        streams = tuple(
            OfferedStream(LABELS[track], port.rtp_port) for track, port in zip(tracks, ports, strict=True)
        )
        self._said = offer(host, int(self._tools.chance.hex(6), 16), streams)
        invitation = Invitation(
            uri=uri,
            from_uri=SipUri.parse(f"sip:{self.record.call_sid}@{host}"),
            next_hop=target.as_uri,
            headers=(
                ("Require", "siprec"),
                *self._call.identity_headers,
                *((f"X-{name}", value) for name, value in self.order.parameters),
            ),
            offer=self._said,
            attachment=(MEDIA_TYPE, self._metadata()),
            feature_tag="+sip.src",
        )
        session = endpoint.user_agent.invite(invitation, endpoint.now())
        endpoint.attach(session, self._put)
        endpoint.flush()
        return session

    def _metadata(self) -> bytes:
        record = self._call.record
        ours, theirs = (record.to, record.from_) if record.direction.is_inbound else (record.from_, record.to)
        tracks = TRACKS[self.order.track]

        def participant(aor: str, track: RecordingTrack) -> RecordedParticipant:
            stream_id = self._new_id() if track in tracks else None
            return RecordedParticipant(self._new_id(), aor, stream_id, LABELS[track])

        return metadata(
            self._new_id(),
            self._call.leg.session.call_id,
            self._tools.ledger.now(),
            (participant(theirs, RecordingTrack.INBOUND), participant(ours, RecordingTrack.OUTBOUND)),
        )

    def _new_id(self) -> str:
        return b64encode(bytes.fromhex(self._tools.chance.hex(16))).decode()

    def _put(self, event: Event) -> None:
        if self._events.full():
            self.stop()  # a server that floods us ends its session
        else:
            self._events.put_nowait(event)

    async def _stream(self, session: InviteSession, ports: list[MediaPort], tap: LegTap) -> None:
        """From the INVITE to the end of the session. Raises: SiprecError."""
        while True:
            event = await self._events.get()
            match event:
                case Accepted(description=description):
                    self._begin(description, ports)
                    tap.hand_to(self._pass_on)
                    self._tell("siprec-started")
                case Refused(status=status, reason=reason):
                    raise SiprecError(f"{self.order.server} answered {status} {reason}".rstrip())
                case OfferReceived():
                    # What was agreed on stays: the server is told again, or refused what it cannot have.
                    session.reject(488, self._tools.endpoint.now())
                    self._tools.endpoint.flush()
                case Ended():
                    return
                case _:
                    pass  # it rings, or sends what a recording has no use for

    def _begin(self, description: bytes, ports: list[MediaPort]) -> None:
        try:
            for port, plan in zip(ports, plans(description, len(ports)), strict=True):
                if plan is not None:
                    port.apply(plan)
        except (PeerError, ValueError) as error:
            raise SiprecError(f"the answer of {self.order.server} cannot be used: {error}") from error

    def _pass_on(self, frame: TapHeard) -> None:
        try:
            self._feeds[frame.track].feed_ulaw(frame.payload)
        except MediaBusyError:
            log.debug("siprec.frame_dropped", siprec_sid=self.record.sid)

    def _tell(self, event: str, error: SiprecError | None = None) -> None:
        record = self.record
        self._call.happened(Kind.STREAM, f"{record.sid} {event}", (("server", self.order.server),))
        if self.order.callback is None:
            return
        moment = self._tools.ledger.now()
        parameters = (
            ("AccountSid", record.account_sid),
            ("CallSid", record.call_sid),
            ("SiprecSid", record.sid),
            ("SiprecName", record.name),
            ("SiprecEvent", event),
            *(
                (("SiprecError", error.message), ("SiprecErrorCode", str(error.code)))
                if error is not None
                else ()
            ),
            ("Timestamp", moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"),
        )
        url, method = self.order.callback
        self._tools.courier.send(self._call.record, EventNews(url, method, parameters, self.order.auth_token))


def _ignore(event: MediaEvent) -> None:
    """Nothing that happens on a port of ours changes anything."""
