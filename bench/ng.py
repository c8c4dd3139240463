"""rtpengine's ng protocol, as much of it as one bridged call needs.

Bencoded dictionaries over UDP behind a cookie (https://rtpengine.readthedocs.io, "The ng Control Protocol").
"""

import os
import re
import socket
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from bench.probe import PROBE_S, wait_for_answer
from bench.row import BenchError

Value = int | str | list["Value"] | dict[str, "Value"]

Suites = tuple[str | None, str | None]
"""What the two sides of a call are protected with, by its name in SDP; None is plain RTP."""

ANSWER_S: Final = 5.0
KEY_BYTES: Final = 30
TAG_BYTES: Final = {"AES_CM_128_HMAC_SHA1_80": 10, "AES_CM_128_HMAC_SHA1_32": 4}


class Control:
    """The controlling side of the ng protocol."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked = 0

    def __enter__(self) -> "Control":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", self._port))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def wait_for_answer(self) -> None:
        """Ping until it answers. Raises: BenchError when it never does."""
        self._socket.settimeout(PROBE_S)
        wait_for_answer("rtpengine", lambda: self._ask(command="ping"))
        self._socket.settimeout(ANSWER_S)

    def call(self, number: int, callers: Sequence[int], suites: Suites = (None, None)) -> tuple[str, str]:
        """Make one bridged call of two callers on loopback; its two legs, as the callers take them.

        suites: what each caller's side is protected with.
        """
        shared: dict[str, Value] = {
            "call-id": f"bench-{number}",
            "from-tag": "a",
            "ICE": "remove",
            "flags": ["trust-address"],
        }
        first, second = (callers[(2 * number + side) % len(callers)] for side in (0, 1))
        keys = [os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)]
        profile: dict[str, Value] = {
            "transport-protocol": "RTP/AVP" if suites[1] is None else "RTP/SAVP",
            "DTLS": "off",
        }
        offer = _sdp(first, suites[0], keys[0], 1)
        offered = self._ask(command="offer", sdp=offer, **shared, **profile)
        tag, key = _crypto(offered, suites[1])
        answer = _sdp(second, suites[1], keys[1], tag)
        answered = self._ask(command="answer", sdp=answer, **{**shared, "to-tag": "b"})
        # What is offered to the second caller names the leg that it talks to, and the other way round.
        _, other_key = _crypto(answered, suites[0])
        return (
            leg(_audio_port(answered), suites[0], keys[0], other_key),
            leg(_audio_port(offered), suites[1], keys[1], key),
        )

    def _ask(self, **question: Value) -> dict[str, Value]:
        self._asked += 1
        cookie = f"{self._asked}".encode()
        self._socket.send(cookie + b" " + encode(question))
        while True:
            got, _, body = self._socket.recv(65_536).partition(b" ")
            if got == cookie:
                break  # another one answers an earlier ping
        try:
            answer, _ = decode(body, 0)
        except ValueError as error:
            raise BenchError(f"rtpengine said {body[:200]!r}") from error
        if not isinstance(answer, dict) or answer.get("result") not in ("ok", "pong"):
            raise BenchError(f"rtpengine said {answer!r}")
        return answer


def encode(value: Value) -> bytes:
    """A value in bencode; the keys of a dictionary in their order."""
    match value:
        case int():
            return b"i%de" % value
        case str():
            return b"%d:%s" % (len(value.encode()), value.encode())
        case list():
            return b"l%se" % b"".join(map(encode, value))
        case dict():
            pairs = (encode(key) + encode(value[key]) for key in sorted(value))
            return b"d%se" % b"".join(pairs)


def decode(text: bytes, at: int) -> tuple[Value, int]:
    """The value that begins there, and where the next one does. Raises: ValueError for no bencode."""
    kind = text[at : at + 1]
    if kind == b"i":
        end = text.index(b"e", at)
        return int(text[at + 1 : end]), end + 1
    if kind in (b"l", b"d"):
        at += 1
        values: list[Value] = []
        while text[at : at + 1] != b"e":
            value, at = decode(text, at)
            values.append(value)
        if kind == b"l":
            return values, at + 1
        return dict(zip(map(str, values[::2]), values[1::2], strict=True)), at + 1
    colon = text.index(b":", at)
    end = colon + 1 + int(text[at:colon])
    return text[colon + 1 : end].decode(), end


def leg(port: int, suite: str | None, ours: bytes, theirs: bytes) -> str:
    """A leg as `srtp_callers` takes it: what its caller sends with, and what it sends with."""
    return f"{port}" if suite is None else f"{port}/{TAG_BYTES[suite]}/{ours.hex()}/{theirs.hex()}"


def _sdp(port: int, suite: str | None, key: bytes, tag: int) -> str:
    inline = b64encode(key).decode()
    crypto = "" if suite is None else f"a=crypto:{tag} {suite} inline:{inline}\r\n"
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/{'AVP' if suite is None else 'SAVP'} 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n{crypto}"
    )


def _crypto(answer: dict[str, Value], suite: str | None) -> tuple[int, bytes]:
    """The tag and the key of a suite; nothing without one. Raises: BenchError when it is not there."""
    if suite is None:
        return 0, b""
    found = re.search(rf"a=crypto:(\d+) {suite} inline:([A-Za-z0-9+/]{{40}})", str(answer.get("sdp")))
    if found is None:
        raise BenchError(f"rtpengine said {answer!r}, without a key for {suite}")
    return int(found[1]), b64decode(found[2])


def _audio_port(answer: dict[str, Value]) -> int:
    found = re.search(r"m=audio (\d+) ", str(answer.get("sdp")))
    if found is None:
        raise BenchError(f"rtpengine said {answer!r}")
    return int(found[1])
