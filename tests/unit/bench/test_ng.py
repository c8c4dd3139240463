"""The ng protocol: bencode there and back, and a call made with a server that answers as rtpengine does."""

import re
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from bench.ng import Control, Value, decode, encode
from bench.row import BenchError
from hypothesis import given
from hypothesis import strategies as st

LONG, SHORT = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_encoded_is_decoded(value: Value) -> None:
    text = encode(value)
    assert decode(text + b"rest", 0) == (value, len(text))


def test_the_keys_of_a_dictionary_stand_in_their_order() -> None:
    assert (
        encode({"sdp": "v=0", "command": "offer", "n": [1, -2]})
        == b"d7:command5:offer1:nli1ei-2ee3:sdp3:v=0e"
    )


@given(st.binary(max_size=30))
def test_any_bytes_are_a_value_or_an_error(text: bytes) -> None:
    with suppress(ValueError):
        decode(text, 0)


@contextmanager
def _server(answer: Callable[[dict[str, Value]], bytes]) -> Iterator[int]:
    """Answers each question until it gets an empty one; its port."""

    def serve() -> None:
        while True:
            message, sender = server.recvfrom(65_536)
            if not message:
                return
            cookie, _, body = message.partition(b" ")
            question, _ = decode(body, 0)
            assert isinstance(question, dict)
            server.sendto(b"an-older-one 0:", sender)
            server.sendto(cookie + b" " + answer(question), sender)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10.0)
        thread = Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", server.getsockname())
            thread.join()


def test_each_caller_gets_the_leg_that_it_talks_to() -> None:
    asked: list[dict[str, Value]] = []

    def answer(question: dict[str, Value]) -> bytes:
        asked.append(question)
        if question["command"] == "ping":
            return encode({"result": "pong"})
        port = 30_000 if question["command"] == "offer" else 30_002
        return encode({"result": "ok", "sdp": f"v=0\r\nm=audio {port} RTP/AVP 0\r\n"})

    with _server(answer) as port, Control(port) as control:
        control.wait_for_answer()
        assert control.call(1, [4000, 4002, 4004]) == ("30002", "30000")
    assert [question["command"] for question in asked] == ["ping", "offer", "answer"]
    told = [re.findall(r"m=audio (\d+)", str(question["sdp"])) for question in asked[1:]]
    assert told == [["4004"], ["4000"]]


def test_each_caller_and_its_leg_have_keys_of_their_own() -> None:
    asked: list[dict[str, Value]] = []
    legs_key, other_legs_key = bytes([1] * 30), bytes([2] * 30)

    def answer(question: dict[str, Value]) -> bytes:
        asked.append(question)
        short = f"a=crypto:9 {SHORT} inline:{b64encode(other_legs_key).decode()}"
        long = f"a=crypto:1 {LONG} inline:{b64encode(legs_key).decode()}"
        port, lines = (30_000, f"{long}\r\n{short}") if question["command"] == "offer" else (30_002, long)
        return encode({"result": "ok", "sdp": f"v=0\r\nm=audio {port} RTP/SAVP 0\r\n{lines}\r\n"})

    with _server(answer) as port, Control(port) as control:
        first, second = control.call(1, [4000, 4002], (LONG, SHORT))
    said = [re.findall(r"a=crypto:(\d+) (\S+) inline:(\S+)", str(question["sdp"])) for question in asked]
    [[(tag, suite, key)], [(other_tag, other_suite, other_key)]] = said
    assert (tag, suite, other_tag, other_suite) == ("1", LONG, "9", SHORT)
    assert first == f"30002/10/{b64decode(key).hex()}/{legs_key.hex()}"
    assert second == f"30000/4/{b64decode(other_key).hex()}/{other_legs_key.hex()}"
    assert asked[0]["transport-protocol"] == "RTP/SAVP"


@pytest.mark.parametrize(
    "answer", [b"d6:result5:error", encode({"result": "error"}), encode({"result": "ok"})]
)
def test_an_answer_that_helps_nobody_is_an_error(answer: bytes) -> None:
    with (
        _server(lambda _: answer) as port,
        Control(port) as control,
        pytest.raises(BenchError, match="rtpengine said"),
    ):
        control.call(0, [4000, 4002])
