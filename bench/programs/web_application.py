"""A customer's web application that costs as little as possible: every request gets the same TwiML.

usage: python -m bench.programs.web_application
Prints its port, then serves until it is ended.
"""

import asyncio
from typing import Final, cast

import httptools

from bench.programs import loop

DOCUMENT: Final = (
    "<?xml version='1.0' encoding='UTF-8'?><Response><Gather numDigits='1' action='/menu' timeout='5'>"
    "<Say>Welcome. Press one for sales.</Say></Gather><Redirect>/voice</Redirect></Response>"
)
RESPONSE: Final = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(DOCUMENT)}\r\n\r\n{DOCUMENT}".encode()
)


class Visit(asyncio.Protocol):
    """One connection, kept open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read requests."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """A whole request is there: answer it."""
        self._transport.write(RESPONSE)


async def serve() -> None:
    """Listen on a free port of loopback."""
    server = await asyncio.get_running_loop().create_server(Visit, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    loop.run(serve)
