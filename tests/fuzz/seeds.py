"""What the fuzzer starts from: the torture messages, digest headers, keepalives, and the kept corpus."""

import base64
from pathlib import Path
from typing import Final

from tests.support.sip_wire import SDP, request
from tests.support.websocket import BINARY, CLOSE, PING, PONG, TEXT, frame
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
_MANY_STREAMS: Final = """v=0
o=- 1 2 IN IP4 10.0.0.1
s=-
b=AS:64
t=0 0
a=sendonly
m=audio 4000 RTP/AVP 8 96 97
c=IN IP4 0.0.0.0
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-16
a=rtpmap:97 PCMU/8000
a=ptime:30
a=rtcp:4003 IN IP4 10.0.0.9
m=video 0 RTP/AVP 31
m=audio 5000 RTP/SAVP 0
c=IN IP6 2001:db8::1
"""
_PARTS: Final = f"""--b
Content-Type: application/sdp

{SDP}
--b
Content-Type: text/plain
Content-Disposition: render;handling=required

x
--b--
"""
_BODIES: Final = (SDP, *(text.replace("\r", "").replace("\n", "\r\n") for text in (_MANY_STREAMS, _PARTS)))
_KEY: Final = b"inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
_CRYPTO: Final = (
    b"1 AES_CM_128_HMAC_SHA1_80 " + _KEY,
    b"1 AES_256_CM_HMAC_SHA1_80 " + _KEY + b"\n2 AES_CM_128_HMAC_SHA1_32 " + _KEY + b"|2^20 WSH=128",
    b"1 AES_CM_128_HMAC_SHA1_80 " + _KEY + b"|2^20|1:4 KDR=1 UNENCRYPTED_SRTP",
)


def _passport(payload: str) -> bytes:
    """A value of Identity whose signature is none."""
    head = '{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://c.example/a.pem"}'
    token = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (head, payload))
    return f"{token}.AAAA;info=<https://c.example/a.pem>;alg=ES256;ppt=shaken".encode()


_PASSPORTS: Final = (
    _passport(
        '{"attest":"A","dest":{"tn":["49301234567"]},"iat":1,"orig":{"tn":"15550100300"},"origid":"x"}'
    ),
    _passport('{"attest":"C","dest":{"uri":["sip:b@h"]},"iat":1.5,"orig":{"tn":7}}'),
    b"e30..AAAA;info=<https://c.example/a.pem>;ppt=shaken",
)


def _in_a_call() -> list[bytes]:
    """Requests of the peer in a call whose local tag is "bob" (`targets.call`)."""
    made: list[bytes] = []
    for number, (method, body, extra) in enumerate(
        (
            ("BYE", "", ""),
            ("INVITE", SDP, ""),
            ("INVITE", "", "Supported: timer, 100rel\nSession-Expires: 90;refresher=uac"),
            ("UPDATE", SDP, "Session-Expires: 1800"),
            ("PRACK", "", "RAck: 1 1 INVITE"),
            ("INFO", "", "Content-Type: application/dtmf-relay"),
            ("MESSAGE", '{"key": "value"}', ""),
            ("MESSAGE", "", "Content-Type: application/json;charset=utf-8"),
            ("OPTIONS", "", ""),
            ("REFER", "", "Refer-To: <sip:c@h?Replaces=a%3Bto-tag%3Db>"),
            ("REFER", "", "Refer-To: tel:+44\nRefer-Sub: false"),
            ("NOTIFY", "", "Event: refer\nSubscription-State: active;expires=60"),
            ("NOTIFY", "", "Event: refer;id=1\nSubscription-State: terminated;reason=noresource"),
            ("NOTIFY", "", "Event: dialog\nSubscription-State: active"),
            ("ACK", SDP, ""),
        )
    ):
        via = f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKin{number};rport"
        cseq = f"{1 if method == 'ACK' else 2 + number} {{method}}"
        made.append(
            request(method, to="<sip:bob@10.0.0.2>;tag=bob", via=via, cseq=cseq, body=body, extra=extra)
        )
        if method == "MESSAGE":
            made.append(made[-1].replace(b"application/sdp", b"application/json"))
        if method == "NOTIFY":
            told = made[-1].replace(
                b"Content-Length: 0", b"Content-Type: message/sipfrag\r\nContent-Length: 16"
            )
            made.append(told + b"SIP/2.0 486 Busy")
    return made


def kept() -> list[Path]:
    """The files of the corpus, in order."""
    return sorted(CORPUS.glob("*.bin"))


def _websockets() -> list[bytes]:
    message = request("OPTIONS")
    return [
        frame(TEXT, message),
        frame(BINARY, message[:9], is_final=False) + frame(PING, b"there?") + frame(0, message[9:]),
        frame(TEXT, message) + frame(CLOSE, b"\x03\xe8bye"),
        frame(TEXT, bytes(66_000)),
        frame(PONG, b"", reserved=0x40),
    ]


def seeds() -> list[bytes]:
    """Everything to start from."""
    return [
        *(row.data for row in MANIFEST),
        request("INVITE", body=SDP, extra="Record-Route: <sip:p1;lr>, <sip:p2>"),
        request("CANCEL"),
        request("BYE", to="<sip:bob@10.0.0.2>;tag=bob"),
        request("REGISTER", contact="*", extra="Expires: 0"),
        *_in_a_call(),
        *(text.encode() for text in _BODIES),
        *_HEADERS,
        *_KEEPALIVES,
        *_CRYPTO,
        *_PASSPORTS,
        *_websockets(),
        *(path.read_bytes() for path in kept()),
    ]
