"""The request that makes a WebSocket of SIP, and those that do not (RFC 6455 §4.2, RFC 7118 §4.1)."""

import pytest

from offhook.transport.ports import HandshakeRefusedError
from offhook.transport.websocket_handshake import accept_handshake

ASKED = {
    "host": "node.example",
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "chat, sip",
    "sec-websocket-version": "13",
}


def test_rfc6455_1_3_the_key_of_its_example_is_accepted_and_sip_is_chosen() -> None:
    assert dict(accept_handshake("GET", ASKED.items())) == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Protocol": "sip",
    }


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"sec-websocket-version": "8"}, 426, "must be 13"),
        ({"sec-websocket-version": ""}, 426, "must be 13"),
        ({"sec-websocket-key": ""}, 400, "16 bytes in base64"),
        ({"sec-websocket-key": "c2hvcnQ="}, 400, "16 bytes in base64"),
        ({"sec-websocket-key": "§"}, 400, "16 bytes in base64"),
        ({"sec-websocket-protocol": "chat"}, 400, "must name 'sip'"),
        ({"sec-websocket-protocol": ""}, 400, "must name 'sip'"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(changed: dict[str, str], status: int, says: str) -> None:
    with pytest.raises(HandshakeRefusedError, match=says) as refused:
        accept_handshake("GET", (ASKED | changed).items())
    assert refused.value.status == status


def test_a_websocket_begins_with_get() -> None:
    with pytest.raises(HandshakeRefusedError, match="begins with GET") as refused:
        accept_handshake("POST", ASKED.items())
    assert (refused.value.status, refused.value.headers) == (405, (("Allow", "GET"),))
