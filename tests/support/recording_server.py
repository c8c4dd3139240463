"""A recording server (RFC 7866) as tests need one: it takes or refuses, pauses, asks for metadata, dies.

Real SIP by a user agent of its own; where its RTP goes is up to the test: ports that nobody listens on, or
sockets. What it was told of the call is kept, document by document.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from offhook.base.clock import Clock
from offhook.base.ids import Chance
from offhook.base.redact import Secret
from offhook.sdp.session_description import SessionDescription
from offhook.sip.body import carries, description_of, parts
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.sip.digest.server import DigestGate, Outcome
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.event import Ended, Event, Invited, MessageAnswered, Modified, NotModified, OfferReceived
from offhook.sip.headers.authorization import Authorization
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.request import DialogRequest, Draft
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.user_agent import UserAgent
from offhook.siprec.metadata import MEDIA_TYPE, NAMESPACE, REQUEST_TYPE
from offhook.transport.driver import SipDriver
from offhook.transport.ports import TlsContexts
from offhook.transport.settings import Settings as TransportSettings

REALM = "records"


@dataclass(frozen=True)
class Told:
    """One document of metadata: by AoR what each participant sends and hears, as labels of streams."""

    sends: dict[str, list[str]]
    hears: dict[str, list[str]]
    left: frozenset[str]
    ids: dict[str, str]
    """Of the participants."""
    session_id: str


def answering(*ports: int, codec: int = 0, attributes: str = "a=recvonly") -> Callable[[bytes], str]:
    """Makes answers with a stream on each of these ports."""
    streams = "".join(f"m=audio {port} RTP/AVP {codec}\r\n{attributes}\r\n" for port in ports)
    head = "v=0\r\no=srs 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    versions = iter(range(1, 100))
    return lambda offer: head.format(next(versions)) + streams


class RecordingServer:
    """See the head of the file."""

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        answer: Callable[[bytes], str],
        *,
        tls: TlsContexts | None = None,
        takes_update: bool = True,
    ) -> None:
        """answer: makes the SDP that answers an offer."""
        allow = ("INVITE", "ACK", "CANCEL", "BYE", *(("UPDATE",) if takes_update else ()))
        agent = UserAgent(SipSettings(product="srs", allow=allow, supported=("siprec", "timer")), chance)
        listen: tuple[tuple[str, int], ...] = (("127.0.0.1", 0),)
        settings = TransportSettings(listen=() if tls else listen, listen_tls=listen if tls else ())
        self.driver = SipDriver(agent, settings, clock, chance, tls=tls)
        self.answer = answer
        self.refusal: int | None = None
        self.login: tuple[str, Secret] | None = None
        """Who may call; None is anybody."""
        self.sessions: asyncio.Queue[InviteSession] = asyncio.Queue()
        """Those that it took."""
        self.changes: asyncio.Queue[Modified | NotModified] = asyncio.Queue()
        """What became of its own."""
        self.answered_messages: asyncio.Queue[MessageAnswered] = asyncio.Queue()
        """What became of its messages."""
        self.told: asyncio.Queue[Told] = asyncio.Queue()
        self.requests: list[Request] = []
        """INVITEs and changes."""
        self.offers: list[SessionDescription] = []
        self.ended = asyncio.Event()
        self._gate = DigestGate(DigestSettings(REALM), chance)

    async def listen(self) -> str:
        """Begin. Returns its SIP URI."""
        await self.driver.listen(self.handle)
        listening = self.driver.tls_addresses or self.driver.addresses
        return f"sip:srs@{listening[0]}"

    def handle(self, event: Event) -> None:
        """What the driver brings."""
        match event:
            case Invited(session=session):
                self.driver.attach(session, self.handle)
                self._take_or_refuse(session)
            case OfferReceived(session=session, request=request, description=description):
                self._note(request, description)
                session.accept(self.answer(description).encode(), self.driver.now())
            case MessageAnswered():
                self.answered_messages.put_nowait(event)
            case Modified() | NotModified():
                self.changes.put_nowait(event)
            case Ended():
                self.ended.set()
            case _:
                pass
        self.driver.flush()

    def _take_or_refuse(self, session: InviteSession) -> None:
        now = self.driver.now()
        if not self._may_call(session.request):
            challenges = tuple(("WWW-Authenticate", value) for value in self._gate.challenge(now))
            session.reject(401, now, headers=challenges)
        elif self.refusal is not None:
            self.requests.append(session.request)
            session.reject(self.refusal, now)
        else:
            offer = description_of(session.request)
            self._note(session.request, offer)
            session.accept(self.answer(offer).encode(), now)
            self.sessions.put_nowait(session)

    def _may_call(self, request: Request) -> bool:
        if self.login is None:
            return True
        name, password = self.login
        value = self._gate.choose(request.headers.get_all("Authorization"))
        if value is None:
            return False

        def find(username: str, algorithm: Algorithm) -> tuple[str, ...]:
            return (ha1(username, REALM, password.reveal(), algorithm),) if username == name else ()

        answer = Authorization.parse(value)
        verdict = self._gate.check(answer, "INVITE", find, self.driver.now(), source="here")
        return verdict.outcome is Outcome.ACCEPTED

    def _note(self, request: Request, description: bytes) -> None:
        self.requests.append(request)
        self.offers.append(SessionDescription.parse(description))
        if carries(request, MEDIA_TYPE):
            document = next(part.body for part in parts(request) if part.content_type == MEDIA_TYPE)
            self.told.put_nowait(read(document))

    # What it does of itself

    def offer(self, session: InviteSession, attributes: str, *, asks: bool = False) -> None:
        """Offer anew, every stream with these attributes; and ask for the metadata."""
        ports = [media.port for media in SessionDescription.parse(self.answer(b"").encode()).media]
        body = answering(*ports, attributes=attributes)(b"").replace("srs 1 1 ", "srs 1 90 ").encode()
        attachment = (REQUEST_TYPE, b"SRS lost its metadata") if asks else None
        session.modify(body, self.driver.now(), attachment=attachment)
        self.driver.flush()

    def ask_for_metadata(self, session: InviteSession) -> None:
        """Ask by an UPDATE without offer (RFC 7866 §8.2)."""
        headers = (("Content-Type", REQUEST_TYPE), ("Content-Disposition", "recording-session"))
        draft = Draft("UPDATE", headers, b"SRS lost its metadata", refreshes_target=True)
        dialog = session.the_usage().dialog
        DialogRequest(session.core, dialog, draft, lambda outcome, now: None).send(self.driver.now())
        self.driver.flush()

    def close(self) -> None:
        """Die without a word."""
        self.driver.close()


def read(document: bytes) -> Told:
    """The participants of a document."""
    root = ET.fromstring(document)  # noqa: S314 - our own
    space = f"{{{NAMESPACE}}}"
    names = {
        each.get("participant_id", ""): name.get("aor", "")
        for each in root.iter(f"{space}participant")
        for name in each.iter(f"{space}nameID")
    }
    labels = {
        stream.get("stream_id"): label.text or ""
        for stream in root.iter(f"{space}stream")
        for label in stream.iter(f"{space}label")
    }
    streams = {
        names[each.get("participant_id", "")]: each for each in root.iter(f"{space}participantstreamassoc")
    }
    return Told(
        sends={
            name: [labels[one.text] for one in each.iter(f"{space}send")] for name, each in streams.items()
        },
        hears={
            name: [labels[one.text] for one in each.iter(f"{space}recv")] for name, each in streams.items()
        },
        left=frozenset(
            names[each.get("participant_id", "")]
            for each in root.iter(f"{space}participantsessionassoc")
            if each.find(f"{space}disassociate-time") is not None
        ),
        ids={name: participant_id for participant_id, name in names.items()},
        session_id=next(each.get("session_id", "") for each in root.iter(f"{space}session")),
    )
