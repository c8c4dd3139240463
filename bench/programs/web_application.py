"""A customer's web application that costs as little as possible: a path has one answer, whoever asks.

    /voice     a menu: Gather with Say
    /prompt    two seconds of a file, then nothing more until the caller hangs up
    /hold      a Gather that waits for a key for an hour
    /conference    one that all callers meet in, without music
    /two.wav   the file, fresh for a day

usage: python -m bench.programs.web_application
Prints its port, then serves until it is ended.
"""

import asyncio
import io
import wave
from typing import Final, cast

import httptools

from bench.programs import loop

DOCUMENT: Final = (
    "<?xml version='1.0' encoding='UTF-8'?><Response><Gather numDigits='1' action='/menu' timeout='5'>"
    "<Say>Welcome. Press one for sales.</Say></Gather><Redirect>/voice</Redirect></Response>"
)
PROMPT_S: Final = 2
PROMPT: Final = "<Response><Play>/two.wav</Play><Pause length='3600'/></Response>"
HOLD: Final = "<Response><Gather timeout='3600'><Play>/two.wav</Play></Gather></Response>"
CONFERENCE: Final = "<Response><Dial><Conference waitUrl='' beep='false'>bench</Conference></Dial></Response>"
RATE_HZ: Final = 8000


def response(content_type: str, body: bytes, more: str = "") -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def two_seconds() -> bytes:
    """A WAV file with a square wave of 400 Hz in it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        period = b"\x00\x10" * 10 + b"\x00\xf0" * 10
        writer.writeframes(period * (PROMPT_S * RATE_HZ // 20))
    return file.getvalue()


ANSWERS: Final = {
    b"/voice": response("text/xml", DOCUMENT.encode()),
    b"/prompt": response("text/xml", PROMPT.encode()),
    b"/hold": response("text/xml", HOLD.encode()),
    b"/conference": response("text/xml", CONFERENCE.encode()),
    b"/two.wav": response("audio/wav", two_seconds(), "Cache-Control: max-age=86400\r\n"),
}
"""By path; another one gets the menu."""


class Visit(asyncio.Protocol):
    """One connection, kept open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read requests."""
        self._path = b""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """What is asked for."""
        self._path = url

    def on_message_complete(self) -> None:
        """A whole request is there: answer it."""
        self._transport.write(ANSWERS.get(self._path) or ANSWERS[b"/voice"])


async def serve() -> None:
    """Listen on a free port of loopback."""
    server = await asyncio.get_running_loop().create_server(Visit, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    loop.run(serve)
