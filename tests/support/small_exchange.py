"""An exchange and a phone that calls it: real SIP over loopback, everything else in memory and virtual time.

async with small_exchange({"http://app.test/voice": "<Response>…"}) as exchange:
    call = await exchange.call()
"""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO

from offhook.base.ids import SeededChance
from offhook.call.courier import Courier
from offhook.call.info_digits import INFO_TYPES
from offhook.call.ledger import Ledger
from offhook.conference.conferences import Conferences
from offhook.conference.edges import Edges
from offhook.media.ports import Clip
from offhook.media.prompt_cache import PromptCache
from offhook.media_streams.live_stream import StreamTools
from offhook.media_streams.streams import Streams
from offhook.model.recording import Recording
from offhook.model.sip_domain import SipDomain
from offhook.phone.phone_call import PhoneCall
from offhook.queue.queues import Queues
from offhook.recording.own_recordings import OwnRecordings
from offhook.recording.recorder import Recorder
from offhook.recording.transcriber import Transcriber
from offhook.registrar.registrar import Registrar
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.sip.method import MESSAGE
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.siprec.connector import Connector
from offhook.siprec.recording_session import SiprecTools
from offhook.siprec.siprecs import Siprecs
from offhook.speech.answering.detection import EarDetector
from offhook.store.blobs import FolderOfRecordings
from offhook.switchboard.carrier_registrations import CarrierRegistrations
from offhook.switchboard.exchange import Exchange
from offhook.switchboard.services import Services
from offhook.trace.book import TraceBook
from offhook.transcribing.live_transcription import TranscriptionTools
from offhook.transcribing.transcriptions import Transcriptions
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from offhook.verbs.dialler import ChildCall
from offhook.verbs.runner import Tools
from offhook.verbs.sounds import Decode, Sounds
from offhook.verbs.voice import Voice
from tests.support.bookshelf import Bookshelf
from tests.support.clock import LoopClock
from tests.support.memory_store import DOMAIN, MemoryStore
from tests.support.relay_sockets import RelaySockets
from tests.support.scripted_recognizer import ScriptedRecognizer
from tests.support.scripted_sockets import ScriptedSockets
from tests.support.silent_media import SilentMedia, SilentPort
from tests.support.spelling_voice import SpellingVoice


class FilesInTheLoop(FolderOfRecordings):
    """A folder without threads: virtual time does not wait for them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.removed: list[str] = []
        """Sids of recordings."""

    async def open(self, recording: Recording) -> BinaryIO:
        """As much silence as was recorded: the silent media writes none."""
        file = io.BytesIO()
        with wave.open(file, "wb") as audio:
            audio.setnchannels(recording.channels)
            audio.setsampwidth(2)
            audio.setframerate(8000)
            audio.writeframes(bytes(2 * 8000 * recording.channels * (recording.duration_s or 0)))
        file.seek(0)
        return file

    async def read(self, recording: Recording, longest: int) -> bytes:
        return (await self.open(recording)).read(longest)

    async def remove(self, recording: Recording) -> None:
        self._path(recording).unlink()
        self.removed.append(recording.sid)


@dataclass
class SmallExchange:
    """The exchange under test, its edges, and the caller's side."""

    exchange: Exchange
    registrar: Registrar
    carriers: CarrierRegistrations
    node: SipDriver
    caller: SipDriver
    store: MemoryStore
    bookshelf: Bookshelf
    voice: SpellingVoice
    media: SilentMedia
    queues: Queues[ChildCall]
    files: FilesInTheLoop
    """Of the recordings."""
    recognizer: ScriptedRecognizer
    """Of what callers say."""
    conferences: Conferences
    sockets: ScriptedSockets
    """Of streams."""
    agents: RelaySockets
    """Of agents that talk by text."""
    streams: Streams
    siprecs: Siprecs
    connectors: dict[str, Connector]
    """SIP URIs of recording servers by their names."""
    traces: TraceBook
    caller_media: SilentMedia = field(default_factory=SilentMedia)
    calls: list[PhoneCall] = field(default_factory=list)

    @property
    def port(self) -> SilentPort:
        """The media port of the node's only leg."""
        (port,) = self.media.ports
        return port

    async def dial(
        self, *, headers: tuple[tuple[str, str], ...] = (), transport: str = "", is_secure: bool = False
    ) -> PhoneCall:
        """Place a call to the Domain; not answered yet. is_secure: with SRTP."""
        chance = SeededChance(len(self.calls))
        call = PhoneCall(self.caller, self.caller_media, chance, is_secure=is_secure)
        self.calls.append(call)
        await call.dial(
            Invitation(
                uri=SipUri.parse("sip:anyone@app.sip.localhost"),
                from_uri=SipUri.parse("sip:alice@127.0.0.1"),
                next_hop=SipUri.parse(f"sip:{self.node.addresses[0]}{transport}"),
                headers=headers,
            )
        )
        return call

    async def call(self) -> PhoneCall:
        """Place a call and wait for its answer."""
        call = await self.dial()
        await call.answered()
        return call


@asynccontextmanager
async def small_exchange(
    documents: Mapping[str, str | int],
    domain: SipDomain = DOMAIN,
    *,
    default_trunk: str | None = None,
    takes_srtp_as_offered: bool = False,
    conferences_max: int = 10,
    caller_takes_messages: bool = True,
    node_takes_messages: bool = True,
) -> AsyncIterator[SmallExchange]:
    """Open it; on leaving, every call must have come to its end and every port be closed."""
    clock, chance = LoopClock(), SeededChance(1)
    folder = Path(mkdtemp(prefix="offhook-recordings-"))
    store, bookshelf, voice, media = (
        MemoryStore(domain),
        Bookshelf(dict(documents)),
        SpellingVoice(),
        SilentMedia(),
    )
    files, recognizer, agents = FilesInTheLoop(folder), ScriptedRecognizer(), RelaySockets()
    node = _driver(clock, SeededChance(2), takes_messages=node_takes_messages)
    caller = _driver(clock, SeededChance(3), takes_messages=caller_takes_messages)
    directory = Directory(store.as_store, DomainNames(("sip.localhost",)))
    door = Door(directory, DigestGate(DigestSettings("sip.localhost"), chance))
    registrar = Registrar(store.as_store.bindings, door, clock, chance)
    traces = TraceBook(clock, 20)
    node.trace(traces.handle_message)
    ledger = Ledger(store.as_store, clock, chance, traces)
    courier = Courier(bookshelf, store.as_store, ledger)
    recorder = Recorder(
        store.as_store.recordings,
        files,
        ledger,
        courier,
        chance,
        base_url=lambda: "http://api.test",
    )
    edges = Edges(media, store.as_store.conferences, ledger, courier, recorder, chance)
    conferences = Conferences(edges, conferences_max)
    queues: Queues[ChildCall] = Queues(store.as_store, clock, chance)
    sockets = ScriptedSockets()
    streams = Streams(StreamTools(sockets, courier, ledger), chance)
    connectors: dict[str, Connector] = {}
    siprecs = Siprecs(SiprecTools(node, media, courier, ledger, chance), connectors, streams)
    carriers = CarrierRegistrations(node, store.as_store, clock)
    transcriber = Transcriber(
        store.as_store.transcriptions,
        files,
        recognizer,
        ledger,
        courier,
        chance=chance,
        base_url=lambda: "http://api.test",
    )
    transcriptions = Transcriptions(TranscriptionTools(recognizer, courier, ledger), chance)
    services = Services(
        endpoint=node,
        media=media,
        store=store.as_store,
        webhook=bookshelf,
        tools=Tools(
            Voice(voice, media, PromptCache()),
            Sounds(_decoder(media), clock, OwnRecordings(store.as_store, files, lambda: "http://api.test")),
            recorder,
            courier,
            queues,
            conferences,
            recognizer,
            transcriber,
            transcriptions,
            EarDetector(),
            agents,
            chance,
            streams,
            siprecs,
        ),
        door=door,
        registrar=registrar,
        ledger=ledger,
        courier=courier,
        chance=chance,
        carriers=carriers,
        realm="sip.localhost",
        default_trunk=default_trunk,
        takes_srtp_as_offered=takes_srtp_as_offered,
    )
    exchange = Exchange(services)
    await node.listen(exchange.handle_event)
    await caller.listen(_nobody)
    small = SmallExchange(
        exchange,
        registrar,
        carriers,
        node,
        caller,
        store,
        bookshelf,
        voice,
        media,
        queues,
        files,
        recognizer,
        conferences,
        sockets,
        agents,
        streams,
        siprecs,
        connectors,
        traces,
    )
    try:
        yield small
    finally:
        for call in small.calls:
            await call.close()
        assert await exchange.drain(60.0), "a call is still alive"
        await streams.drain(60.0)
        await streams.close()
        await siprecs.drain(60.0)
        await siprecs.close()
        await transcriptions.drain(60.0)
        await carriers.close(60.0)
        assert all(port.is_closed for port in media.ports)
        caller.close()
        node.close()
        rmtree(folder)


def _decoder(media: SilentMedia) -> Decode:
    async def decode(data: bytes, media_type: str) -> Clip:
        await asyncio.sleep(0)
        return media.decode_clip(data, media_type)

    return decode


def _driver(clock: LoopClock, chance: SeededChance, *, takes_messages: bool = True) -> SipDriver:
    settings = TransportSettings(listen=(("127.0.0.1", 0),))
    supported = ("100rel", "timer", "replaces", "norefersub")
    allow = tuple(each for each in SipSettings().allow if takes_messages or each != MESSAGE)
    sip = SipSettings(product="test", allow=allow, supported=supported, info_types=INFO_TYPES)
    return SipDriver(UserAgent(sip, chance), settings, clock, chance)


def _nobody(event: Event) -> None:
    raise AssertionError(f"the caller's phone is called: {event}")
