"""The roof's workshop: makes what the verbs of every call work with (`verbs/runner.py::Tools`).

    speech, recogniser, sockets -> voice, streams, transcriptions, recording servers
    store, courier              -> recorder, conferences, queues

Called by `app.py`, once.
"""

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.base.ids import Chance
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.conference.conferences import Conferences
from offhook.conference.edges import Edges as ConferenceEdges
from offhook.config.folders import SPOKEN, TRACES
from offhook.config.limits import queue_settings
from offhook.config.settings import NodeSettings
from offhook.media.ports import Clip
from offhook.media.ports.engine import MediaEngine
from offhook.media.prompt_cache import PromptCache
from offhook.media_streams.live_stream import StreamTools
from offhook.media_streams.streams import Streams
from offhook.queue.queues import Queues
from offhook.recording.own_recordings import OwnRecordings
from offhook.recording.recorder import Recorder
from offhook.recording.transcriber import Transcriber
from offhook.siprec.recording_session import SiprecTools
from offhook.siprec.siprecs import Siprecs
from offhook.speech.answering.detection import EarDetector
from offhook.speech.engines import SpeechEngines, make_engines
from offhook.speech.ports import Recognizer
from offhook.speech.prompt_store import PromptStore
from offhook.speech.recognition.catalogue import (
    ProviderSettings,
    UnknownRecognizerError,
    open_recognizer,
)
from offhook.speech.recognition.deaf import DeafRecognizer
from offhook.store.blobs import FolderOfRecordings
from offhook.store.ports import Store
from offhook.streaming.client import AiohttpSocketClient
from offhook.streaming.settings import Settings as StreamingSettings
from offhook.trace.journal import Settings as JournalSettings
from offhook.trace.journal import TraceJournal
from offhook.transcribing.live_transcription import TranscriptionTools
from offhook.transcribing.transcriptions import Transcriptions
from offhook.transport.driver import SipDriver
from offhook.verbs.runner import Tools
from offhook.verbs.sounds import Decode, Sounds
from offhook.verbs.voice import Voice
from offhook.webhook.guard import open_public_socket
from offhook.webhook.signature import sign

log = structlog.get_logger("offhook.app")

DAY_S: Final = 86_400.0
CALLBACKS_S: Final = 0.3
"""How long what tells of the end of calls, and then its news, may take when the node stops."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the tools stand on."""

    settings: NodeSettings
    clock: Clock
    chance: Chance
    store: Store
    files: FolderOfRecordings
    media: MediaEngine
    driver: SipDriver
    ledger: Ledger
    courier: Courier
    base_url: Callable[[], str]
    """Of the API, once it is heard."""


async def open_tools(ground: Ground, rooms: AsyncExitStack) -> Tools:
    """Make them; `rooms` closes them again.

    Raises: OSError with the setting in `filename` for one that cannot be used.
    """
    settings, chance, courier, ledger = ground.settings, ground.chance, ground.courier, ground.ledger
    speech = SpeechEngines(make_engines(settings.tts), _prompts(settings))
    rooms.push_async_callback(speech.close)
    await speech.start()
    recognizer = _recognizer(settings)
    rooms.push_async_callback(recognizer.close)
    sockets = _sockets(settings)
    rooms.push_async_callback(sockets.close)
    recorder = Recorder(
        ground.store.recordings, ground.files, ledger, courier, chance, base_url=ground.base_url
    )
    transcriber = Transcriber(
        ground.store.transcriptions,
        ground.files,
        recognizer,
        ledger,
        courier,
        chance=chance,
        base_url=ground.base_url,
    )
    rooms.push_async_callback(transcriber.close)
    transcriptions = Transcriptions(TranscriptionTools(recognizer, courier, ledger), chance)
    rooms.push_async_callback(transcriptions.close)
    streams = Streams(StreamTools(sockets, courier, ledger), chance)
    rooms.push_async_callback(streams.close)
    siprec_tools = SiprecTools(ground.driver, ground.media, courier, ledger, chance)
    siprecs = Siprecs(siprec_tools, settings.siprec_connectors, streams)
    rooms.push_async_callback(siprecs.close)
    conference_edges = ConferenceEdges(
        ground.media, ground.store.conferences, ledger, courier, recorder, chance
    )
    tools = Tools(
        voice=Voice(speech, ground.media, PromptCache(), speech),
        sounds=Sounds(
            _decoder(ground.media),
            ground.clock,
            OwnRecordings(ground.store, ground.files, ground.base_url),
        ),
        recorder=recorder,
        courier=courier,
        queues=Queues(ground.store, ground.clock, chance, queue_settings(settings.limits)),
        conferences=Conferences(conference_edges, settings.limits.conferences_max),
        recognizer=recognizer,
        transcriber=transcriber,
        transcriptions=transcriptions,
        detector=EarDetector(),
        sockets=sockets,
        chance=chance,
        streams=streams,
        siprecs=siprecs,
    )
    rooms.push_async_callback(_let_arrive, tools)
    return tools


async def _let_arrive(tools: Tools) -> None:
    """Give what tells of calls that have ended a last moment, then its news."""
    await asyncio.gather(
        tools.streams.drain(CALLBACKS_S),
        tools.siprecs.drain(CALLBACKS_S),
        tools.transcriptions.drain(CALLBACKS_S),
        tools.recorder.drain(CALLBACKS_S),
    )
    await tools.courier.drain(CALLBACKS_S)
    tools.courier.close()


def trace_journal(settings: NodeSettings, clock: Clock) -> TraceJournal | None:
    """What keeps traces on disk; None where nothing does."""
    limits = settings.limits
    if not limits.traces_max or not limits.traces_mb:
        return None
    folder, limit_bytes = settings.data_dir / TRACES, limits.traces_mb * 1024 * 1024
    return TraceJournal(JournalSettings(folder, limit_bytes, limits.traces_days * DAY_S), clock)


def _prompts(settings: NodeSettings) -> PromptStore | None:
    limit_bytes = settings.spoken_mb * 1024 * 1024
    return PromptStore(settings.data_dir / SPOKEN, limit_bytes) if limit_bytes else None


def _recognizer(settings: NodeSettings) -> Recognizer:
    provider = ProviderSettings(settings.asr_url, settings.asr_key, settings.asr_model)
    try:
        recognizer = open_recognizer(settings.asr, provider)
    except UnknownRecognizerError as error:
        raise OSError(errno.EINVAL, str(error), "asr") from error
    if isinstance(recognizer, DeafRecognizer):
        log.info("node.no_recognizer", why=recognizer.why)
    return recognizer


def _sockets(settings: NodeSettings) -> AiohttpSocketClient:
    ca_file = settings.extra_ca_file
    with naming(f"extra_ca_file {ca_file}"):
        return AiohttpSocketClient(
            StreamingSettings(
                sign=sign,
                open_socket=None if settings.allow_private_webhooks else open_public_socket,
                extra_ca_file=ca_file,
            )
        )


def _decoder(media: MediaEngine) -> Decode:
    """Files are decoded in a thread, which the media core lets others run beside."""

    async def decode(data: bytes, media_type: str) -> Clip:
        return await asyncio.to_thread(media.decode_clip, data, media_type)

    return decode


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """Let an OSError say of which setting it comes, and of what value."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), setting) from error
