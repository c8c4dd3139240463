"""One recording session: we are the client (SRC) of RFC 7866, and invite a recording server (SRS).

    the call is answered -> a server of the connector takes it (`server_session.py`) -> RTP ... -> BYE
         tap of the call's leg --frames--> a port of its own for each track --RTP--> server
    a server that refuses, is dead, or dies -> the next one of the connector; the last one: siprec-error

Run by `siprecs.py` as a task of its own: whatever becomes of it, the call goes on. A server that hangs up has
had enough: nobody is tried after it. Source: RFC 7866 §6 to 9, RFC 7865; reference/twiml 8.2.
"""

import asyncio
from base64 import b64encode
from collections import deque
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
from offhook.call.outgoing import NEXT_AFTER_S
from offhook.media.ports import MediaBusyError
from offhook.media.ports.engine import MediaEngine, NoFreePortError
from offhook.media.ports.event import TapHeard
from offhook.model.companion import CompanionRecord, CompanionStatus
from offhook.model.recording import RecordingTrack
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri
from offhook.siprec.connector import Connector, RecordingServer
from offhook.siprec.metadata import RecordedSession, metadata
from offhook.siprec.participants import Participants
from offhook.siprec.recorded_track import RecordedTrack
from offhook.siprec.server_session import Recorded, ServerFailedError, ServerSession
from offhook.trace.ports import Kind
from offhook.transport.ports import NoRouteError, SipEndpoint, Target
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.siprec")

FAILED: Final = 12400
"""No code of Twilio's is known for a recording server that does not take the call."""
TARGETS_MAX: Final = 4
"""Addresses of one server that are tried (RFC 3263 §4.3)."""
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

    connector: Connector
    """The recording servers."""
    auth_token: Secret
    """Signs the callbacks."""
    name: str | None = None
    """Unique of its call; None is the SiprecSid."""
    track: RecordingTrack = RecordingTrack.BOTH
    callback: tuple[str, str] | None = None
    """Who is told of it: an absolute URL, and GET or POST."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Sent as `X-` headers of the INVITE."""
    fault: tuple[int, str] | None = None
    """Twilio's code and the reason why it fails before it begins, noted already; None: it may begin."""


@dataclass(frozen=True, slots=True)
class SiprecTools:
    """What every session works with."""

    endpoint: SipEndpoint
    media: MediaEngine
    courier: Courier
    ledger: Ledger
    chance: Chance


@dataclass(frozen=True, slots=True)
class _Way:
    """One address of one server."""

    server: RecordingServer
    target: Target
    host: str
    """What stands in the SDP towards it."""


class RecordingSession:
    """See the head of the file. `record` is as of now."""

    def __init__(self, call: Call, order: SiprecOrder, record: CompanionRecord, tools: SiprecTools) -> None:
        self.record = record
        self.order = order
        self._call = call
        self._tools = tools
        self._over = asyncio.Event()
        self._tracks: dict[RecordingTrack, RecordedTrack] = {}
        self._about: RecordedSession | None = None
        self._participants: Participants | None = None
        self._server: ServerSession | None = None
        self._tap: LegTap | None = None
        """Keeps what is said until a server takes it."""
        self._has_noted = False
        self._has_started = False
        """Whether a server has taken it: what never began is not told as stopped."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is to end at once: then it takes no track of the call's, and no name."""
        return self._over.is_set() or self.order.fault is not None

    def stop(self) -> CompanionRecord:
        """End it. Twice is once. As it is then."""
        if not self._over.is_set():
            self._over.set()
            now = self._tools.ledger.now()
            self.record = replace(self.record, status=CompanionStatus.STOPPED, updated_at=now)
        return self.record

    async def run(self) -> None:
        """Until it has ended. Whatever goes wrong ends this session and nothing else."""
        if self.order.fault is not None:
            code, message = self.order.fault
            self.stop()
            self._tell("siprec-error", SiprecError(message, code))
            return
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
        if self._has_started:
            self._tell("siprec-stopped")
        if error is not None:
            raise error

    async def _record(self) -> None:
        """Raises: SiprecError."""
        await self._call.answered.wait()
        with ExitStack() as held:
            try:
                self._tap = held.enter_context(self._call.leg.audio.tapping(self.order.track))
                for track in TRACKS[self.order.track]:
                    self._tracks[track] = opened = RecordedTrack(track, self._tools.media)
                    held.callback(opened.close)
            except (NoFreePortError, MediaBusyError, UsageError) as error:
                raise SiprecError(f"the call cannot be passed on: {error}") from error
            streams = {track: self._new_id() for track in self._tracks}
            self._about = RecordedSession(
                session_id=self._new_id(),
                sip_session_id=self._call.leg.session.call_id,
                began=self._tools.ledger.now(),
                streams=tuple((stream_id, LABELS[track]) for track, stream_id in streams.items()),
            )
            self._participants = Participants(self._call, streams, self._new_id, self._handle_change)
            held.callback(self._participants.close)
            await self._with_one_of_the_servers()

    async def _with_one_of_the_servers(self) -> None:
        """Until one has recorded it to the end. Raises: SiprecError when the last one fails."""
        failures: list[str] = []
        servers = deque(self.order.connector.servers)
        while servers:
            server = servers.popleft()
            ways = await self._ways(server, failures)
            while ways:
                way = ways.popleft()
                try:
                    return await self._with(way, has_next=bool(ways or servers))
                except ServerFailedError as error:
                    self._leave(way, f"{server} {error.message}")
                    failures.append(f"{server} {error.message}")
                    if error.has_answered:
                        break
        raise SiprecError("; ".join(failures))

    async def _ways(self, server: RecordingServer, failures: list[str]) -> deque[_Way]:
        """Where a server is, best first; why there is no way to it is added to the failures."""
        endpoint = self._tools.endpoint
        try:
            targets = (await endpoint.locate(server.uri))[:TARGETS_MAX]
            return deque(_Way(server, target, endpoint.media_host_towards(target)) for target in targets)
        except (PeerError, NoRouteError) as error:
            failures.append(f"there is no way to {server}: {error}")
            return deque()

    def _leave(self, way: _Way, why: str) -> None:
        """A server has failed: nothing is sent until another one takes it."""
        self._server = None
        for track in self._tracks.values():
            track.apply(None)
        log.info("siprec.server_failed", siprec_sid=self.record.sid, why=why)
        facts = (("server", str(way.server)), ("address", str(way.target)))
        self._call.happened(Kind.STREAM, f"{self.record.sid} failed: {why}", facts)

    async def _with(self, way: _Way, *, has_next: bool) -> None:
        """Until the session with one server is over. Raises: ServerFailedError."""
        recorded = Recorded(
            tracks=tuple(self._tracks.values()),
            labels=tuple(LABELS[track] for track in self._tracks),
            describe=self._describe,
            started=self._handle_start,
            refused_change=self._handle_refused_change,
        )
        tools = self._tools
        self._server = ServerSession(
            tools.endpoint, recorded, tools.chance, way.host, is_secure=way.server.is_secure
        )
        invitation = Invitation(
            uri=way.server.uri,
            from_uri=SipUri.parse(f"sip:{self.record.call_sid}@{way.host}"),
            next_hop=way.target.as_uri,
            headers=(
                *self._call.identity_headers,
                *((f"X-{name}", value) for name, value in self.order.parameters),
            ),
            credentials=self.order.connector.credentials,
            response_within_s=NEXT_AFTER_S if has_next else None,
        )
        await self._server.run(invitation)

    def _describe(self, is_whole: bool) -> bytes | None:
        """The metadata of now; None where nobody came, left, held or went on, unless it is to be whole."""
        if self._about is None or self._participants is None:
            raise UsageError("the metadata belong to a session that records")
        participants = self._participants.poll(self._tools.ledger.now())
        if participants is None and not is_whole:
            return None
        return metadata(self._about, participants or self._participants.present)

    def _handle_change(self) -> None:
        if self._server is not None:
            self._server.changed()

    def _handle_start(self) -> None:
        tap, self._tap = self._tap, None
        if tap is not None:
            tap.hand_to(self._pass_on)
            self._has_started = True
            self._tell("siprec-started")

    def _handle_refused_change(self, why: str) -> None:
        if not self._has_noted:
            self._has_noted = True
            text = f"The recording session {self.record.name}: a change was refused with {why}; it goes on"
            self._call.note(FAILED, text)

    def _new_id(self) -> str:
        return b64encode(bytes.fromhex(self._tools.chance.hex(16))).decode()

    def _pass_on(self, frame: TapHeard) -> None:
        self._tracks[frame.track].pass_on(frame.payload)

    def _tell(self, event: str, error: SiprecError | None = None) -> None:
        record = self.record
        self._call.happened(
            Kind.STREAM,
            f"{record.sid} {event}",
            (("server", ", ".join(map(str, self.order.connector.servers))),),
        )
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
