"""What the fuzzer starts from: the torture messages, digest headers, keepalives, and the kept corpus."""

from pathlib import Path
from typing import Final

from tests.support.sip_wire import SDP, request
from tests.torture.messages import MANIFEST

CORPUS: Final = Path(__file__).parent / "corpus"
"""Inputs that once did something new or wrong, one file each; add a file and it is tried with every run."""

_HEADERS: Final = (
    b'Digest realm="r",qop="auth,auth-int",nonce="n",opaque="o",stale=true,algorithm=SHA-256',
    b'Digest username="a", realm="r", nonce="' + b"A" * 48 + b'", uri="sip:a@h", response="0", '
    b'algorithm=MD5, opaque="o", qop=auth, cnonce="c", nc=00000001',
    b'Basic realm="r"',
)
_KEEPALIVES: Final = (
    b"\r\n\r\n",
    b"\0",
    bytes.fromhex("0001000c2112a442b7e7a701bc34d686fa87dfae 00060003757372 00 80280000"),
)


def kept() -> list[Path]:
    """The files of the corpus, in order."""
    return sorted(CORPUS.glob("*.bin"))


def seeds() -> list[bytes]:
    """Everything to start from."""
    return [
        *(row.data for row in MANIFEST),
        request("INVITE", body=SDP, extra="Record-Route: <sip:p1;lr>, <sip:p2>"),
        request("CANCEL"),
        request("BYE", to="<sip:bob@10.0.0.2>;tag=bob"),
        request("REGISTER", contact="*", extra="Expires: 0"),
        *_HEADERS,
        *_KEEPALIVES,
        *(path.read_bytes() for path in kept()),
    ]
