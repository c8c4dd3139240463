"""A stand-in for Deepgram's streaming service: it understands what the test says, whatever the audio.

And those who listen by it: `drive` runs a script with the service and a recogniser, in virtual time.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from multidict import MultiMapping

from offhook.base.redact import Secret
from offhook.speech.ports import HearingEvent, Listening, RecognitionError
from offhook.speech.recognition.deepgram import DeepgramRecognizer
from offhook.speech.recognition.deepgram_hearing import DeepgramHearing
from tests.support import virtual_time

VOICE, SILENCE = b"\x10" * 160, b"\xff" * 160
Told = list[HearingEvent | str]


@dataclass
class SpeechService:
    """What it was asked, and what it is to answer."""

    url: str = ""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    queries: list[MultiMapping[str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    heard_bytes: int = 0
    asked: list[str] = field(default_factory=list)
    """Types of the messages that came as text."""
    says: list[tuple[str, float]] = field(default_factory=list)
    """The words of each utterance, in order."""
    partial: str = ""
    """Told once audio has come."""
    refuses: int = 0
    """Status instead of a WebSocket."""
    hangs: bool = False
    """Never answers."""
    closes_after_bytes: int = 0
    breaks_at: list[int] = field(default_factory=list)
    """After so many bytes the connection is cut, of each connection in order; 0 is a 503 instead of one."""
    heard: list[bytes] = field(default_factory=list)
    """The audio of each connection."""
    says_where: bool = True
    """Results have `start` and `duration`."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One caller."""
        self.was_asked.set()
        self.queries.append(request.query)
        self.keys.append(request.headers.get("Authorization", ""))
        if self.refuses:
            return web.Response(status=self.refuses)
        breaks_at = self.breaks_at.pop(0) if self.breaks_at else None
        if breaks_at == 0:
            return web.Response(status=503)
        assert request.transport is not None
        self.heard.append(b"")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("this is no JSON")
        await socket.send_str(json.dumps({"type": "Metadata", "request_id": "1"}))
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                self.heard_bytes += len(message.data)
                self.heard[-1] += message.data
                if breaks_at is not None and len(self.heard[-1]) >= breaks_at:
                    request.transport.abort()
                    break
                if self.partial:
                    partial, self.partial = self.partial, ""
                    await socket.send_str(results(partial, 0.5, is_final=False, until=self._until))
                if self.closes_after_bytes and self.heard_bytes >= self.closes_after_bytes:
                    break
                continue
            kind = json.loads(message.data)["type"]
            self.asked.append(kind)
            if kind == "CloseStream":
                break
            if kind == "Finalize" and not self.hangs:
                words, confidence = self.says.pop(0)
                text = results(words, confidence, is_final=True, from_finalize=True, until=self._until)
                await socket.send_str(text)
        await socket.close()
        return socket

    @property
    def _until(self) -> float | None:
        """Seconds of this connection's audio so far; None where that is not told."""
        return len(self.heard[-1]) / 8000 if self.says_where else None


def results(
    words: str, confidence: float, *, is_final: bool, from_finalize: bool = False, until: float | None = None
) -> str:
    """One message of words."""
    message = {
        "type": "Results",
        "is_final": is_final,
        "from_finalize": from_finalize,
        "channel": {"alternatives": [{"transcript": words, "confidence": confidence}]},
    }
    return json.dumps(message if until is None else message | {"start": 0.0, "duration": until})


@asynccontextmanager
async def speech_service() -> AsyncIterator[SpeechService]:
    """Serve it on a free port."""
    service = SpeechService()
    application = web.Application()
    application.router.add_get("/v1/listen", service.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    service.url = f"ws://127.0.0.1:{address[1]}/v1/listen"
    try:
        yield service
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)


def is_voice(ulaw: bytes) -> bool:
    """Whether it is one of ours."""
    return ulaw == VOICE


def drive(script: Callable[[SpeechService, DeepgramRecognizer], Awaitable[None]]) -> None:
    """Run a script with the service and a recogniser that asks it."""

    async def run() -> None:
        async with speech_service() as service:
            recognizer = DeepgramRecognizer(service.url, Secret("k3y"), None)
            try:
                await script(service, recognizer)
            finally:
                await recognizer.close()
        assert not recognizer._hearings

    virtual_time.run(run())


async def listening(recognizer: DeepgramRecognizer, options: Listening) -> DeepgramHearing:
    """Begin to listen."""
    hearing = await recognizer.listen(options)
    assert isinstance(hearing, DeepgramHearing)
    hearing._is_voice = is_voice
    return hearing


async def told(hearing: DeepgramHearing) -> Told:
    """All of it, to the end."""
    events: Told = []
    while True:
        try:
            event = await hearing.next()
        except RecognitionError as error:
            events.append(str(error))
            continue
        if event is None:
            return events
        events.append(event)


def say(hearing: DeepgramHearing, voice: int = 30, silence: int = 40) -> None:
    """Frames of each."""
    for frame in [VOICE] * voice + [SILENCE] * silence:
        hearing.hear(frame)
