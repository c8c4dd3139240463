"""A stand-in for Deepgram's streaming service: it understands what the test says, whatever the audio."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from multidict import MultiMapping


@dataclass
class SpeechService:
    """What it was asked, and what it is to answer."""

    url: str = ""
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

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One caller."""
        self.queries.append(request.query)
        self.keys.append(request.headers.get("Authorization", ""))
        if self.refuses:
            return web.Response(status=self.refuses)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("this is no JSON")
        await socket.send_str(json.dumps({"type": "Metadata", "request_id": "1"}))
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                self.heard_bytes += len(message.data)
                if self.partial:
                    partial, self.partial = self.partial, ""
                    await socket.send_str(results(partial, 0.5, is_final=False))
                if self.closes_after_bytes and self.heard_bytes >= self.closes_after_bytes:
                    break
                continue
            kind = json.loads(message.data)["type"]
            self.asked.append(kind)
            if kind == "CloseStream":
                break
            if kind == "Finalize" and not self.hangs:
                words, confidence = self.says.pop(0)
                await socket.send_str(results(words, confidence, is_final=True, from_finalize=True))
        await socket.close()
        return socket


def results(words: str, confidence: float, *, is_final: bool, from_finalize: bool = False) -> str:
    """One message of words."""
    return json.dumps(
        {
            "type": "Results",
            "is_final": is_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [{"transcript": words, "confidence": confidence}]},
        }
    )


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
