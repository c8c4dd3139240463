"""The least that a SIP user agent in Python can do: one split, one dict, answer at once.

No transactions, no dialogs, no checks, no media. It answers INVITE with 100, 180 and 200, and BYE with 200.
With an application it asks that, by aiohttp, between 180 and 200.

usage: python -m bench.programs.bare_user_agent [VOICE_URL]
Prints its UDP port, then serves until it is ended.
"""

import asyncio
import socket
import sys
from typing import Final, cast

import aiohttp

from bench.programs import loop

RECEIVE_BYTES: Final = 4 << 20
ANSWER: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
Address = tuple[str, int]
Headers = dict[str, list[str]]


class BareUserAgent(asyncio.DatagramProtocol):
    """Answers whatever calls."""

    def __init__(self, application: aiohttp.ClientSession | None = None, voice_url: str = "") -> None:
        self._application = application
        self._voice_url = voice_url
        self._asking: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        opened: socket.socket = transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._contact = f"Contact: <sip:127.0.0.1:{opened.getsockname()[1]}>\r\n"

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Read one message and answer it."""
        method, headers = bare_parse(data)
        if method == "INVITE":
            self._reply("100 Trying", headers, addr)
            self._reply("180 Ringing", headers, addr, self._contact)
            if self._application is None:
                self._answer(headers, addr)
            else:
                asking = asyncio.ensure_future(self._ask(self._application, headers, addr))
                self._asking.add(asking)
                asking.add_done_callback(self._asking.discard)
        elif method == "BYE":
            self._reply("200 OK", headers, addr)
            self._end(headers)

    async def _ask(self, application: aiohttp.ClientSession, headers: Headers, addr: Address) -> None:
        async with application.post(self._voice_url, data={"CallSid": headers["call-id"][0]}) as response:
            await response.text()
        self._answer(headers, addr)

    def _end(self, headers: Headers) -> None:
        """Nothing follows from it."""

    def _answer(self, headers: Headers, addr: Address) -> None:
        content = f"{self._contact}Content-Type: application/sdp\r\n"
        self._reply("200 OK", headers, addr, content, ANSWER)

    def _reply(self, status: str, headers: Headers, addr: Address, more: str = "", body: str = "") -> None:
        to = headers["to"][0]
        self._transport.sendto(
            (
                f"SIP/2.0 {status}\r\nVia: {', '.join(headers['via'])}\r\nFrom: {headers['from'][0]}\r\n"
                f"To: {to if ';tag=' in to else f'{to};tag=bare'}\r\nCall-ID: {headers['call-id'][0]}\r\n"
                f"CSeq: {headers['cseq'][0]}\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
            addr,
        )


def bare_parse(data: bytes) -> tuple[str, Headers]:
    """First word and headers of a message that is believed to be well-formed."""
    head = data.decode().partition("\r\n\r\n")[0]
    first, *lines = head.split("\r\n")
    headers: Headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if name in headers:
            headers[name].append(value.strip())
        else:
            headers[name] = [value.strip()]
    return first.partition(" ")[0], headers


async def serve() -> None:
    """Listen on a free port of loopback."""
    async with aiohttp.ClientSession() as application:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: BareUserAgent(application, sys.argv[1]) if len(sys.argv) > 1 else BareUserAgent(),
            local_addr=("127.0.0.1", 0),
        )
        print(transport.get_extra_info("sockname")[1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    loop.run(serve)
