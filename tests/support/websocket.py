"""The client's end of a WebSocket, from RFC 6455 alone: frames in and out, masked as a client must."""

import asyncio
import ssl
import struct
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
MASK: Final = b"\x37\xfa\x21\x3d"
"""That of RFC 6455 §5.7."""
LIMIT_S: Final = 10.0


def frame(
    opcode: int, payload: bytes, *, is_final: bool = True, mask: bytes | None = MASK, reserved: int = 0
) -> bytes:
    """One frame of a client. mask: None sends it as only a server may."""
    size = len(payload)
    head = bytes(((0x80 if is_final else 0) | reserved | opcode,))
    masked = 0 if mask is None else 0x80
    if size < 126:
        head += bytes((masked | size,))
    elif size < 65_536:
        head += struct.pack("!BH", masked | 126, size)
    else:
        head += struct.pack("!BQ", masked | 127, size)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def upgrade_request(path: str = "/sip", *, key: bytes = b"the sample nonce", **changed: str | None) -> bytes:
    """A request for a WebSocket of SIP. changed: headers by name with _ for -; None leaves one out."""
    headers: dict[str, str | None] = {
        "Host": "node.example",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": b64encode(key).decode(),
        "Sec-WebSocket-Protocol": "chat, sip",
        "Sec-WebSocket-Version": "13",
        "Origin": "https://elsewhere.example",
    }
    known = {name.lower().replace("-", "_"): name for name in headers}
    headers |= {known.get(name.lower(), name): value for name, value in changed.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class WebSocketClient:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str = ""
    """The answer to the request."""

    @classmethod
    async def open(
        cls, port: int, request: bytes | None = None, *, tls: ssl.SSLContext | None = None
    ) -> "WebSocketClient":
        """Connect and ask; the answer is in `head`."""
        name = None if tls is None else "localhost"
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
        client = cls(reader, writer)
        writer.write(request or upgrade_request())
        async with asyncio.timeout(LIMIT_S):
            client.head = (await reader.readuntil(b"\r\n\r\n")).decode()
        return client

    def send(self, message: bytes, opcode: int = TEXT) -> None:
        """One message in one frame."""
        self.writer.write(frame(opcode, message))

    async def receive(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame, whatever it is; (CLOSE, b"") at the end of the stream."""
        async with asyncio.timeout(LIMIT_S):
            try:
                first, second = await self.reader.readexactly(2)
                assert not second & 0x80, "a server does not mask"
                size = second & 0x7F
                if size >= 126:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
                payload = await self.reader.readexactly(size)
            except asyncio.IncompleteReadError:
                return CLOSE, b""
        return first & 0x0F, payload

    async def message(self) -> bytes:
        """The next message; pings are answered."""
        while True:
            opcode, payload = await self.receive()
            if opcode in (TEXT, BINARY):
                return payload
            if opcode == PING:
                self.writer.write(frame(PONG, payload))
            if opcode == CLOSE:
                raise EOFError(f"closed: {payload!r}")

    async def ended(self) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(LIMIT_S):
            return await self.reader.read()

    def close(self) -> None:
        """Without a word."""
        self.writer.close()
