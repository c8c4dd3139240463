import struct
from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.flow import Address
from offhook.sip.keepalive import answer_keepalive
from tests.support.sip_wire import request

PHONE = Address("192.0.2.1", 32853)
RFC5769_ID = bytes.fromhex("b7e7a701bc34d686fa87dfae")
COOKIE = bytes.fromhex("2112a442")


def stun(kind: int = 1, attributes: bytes = b"", transaction_id: bytes = RFC5769_ID) -> bytes:
    return struct.pack("!HH", kind, len(attributes)) + COOKIE + transaction_id + attributes


def attribute(kind: int, value: bytes = b"") -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


@pytest.mark.parametrize(
    ("remote", "mapped"),
    [
        (PHONE, "0020000800 01a147e112a643"),
        (
            Address("2001:db8:1234:5678:11:2233:4455:6677", 32853),
            "0020001400 02a1470113a9faa5d3f179bc25f4b5bed2b9d9",
        ),
    ],
)
def test_rfc5769_mapped_addresses(remote: Address, mapped: str) -> None:
    value = bytes.fromhex(mapped)
    expected = struct.pack("!HH", 0x0101, len(value)) + COOKIE + RFC5769_ID + value
    assert answer_keepalive(stun(), remote) == expected


def test_attributes_that_may_be_ignored_are() -> None:
    attributes = attribute(0x8022, b"phone") + attribute(0x0006, b"user") + attribute(0x0008, b"0" * 20)
    answer = answer_keepalive(stun(attributes=attributes), PHONE)
    assert answer is not None
    assert answer[:2] == b"\x01\x01"


def test_a_request_with_fingerprint_gets_one_back() -> None:
    answer = answer_keepalive(stun(attributes=attribute(0x8028, b"1234")), PHONE)
    assert answer is not None
    assert answer[-8:-4] == bytes.fromhex("80280004")
    assert int.from_bytes(answer[-4:], "big") == crc32(answer[:-8]) ^ 0x5354554E
    assert int.from_bytes(answer[2:4], "big") == len(answer) - 20


def test_rfc8489_unknown_attributes_are_named_in_a_420() -> None:
    answer = answer_keepalive(stun(attributes=attribute(0x0003, b"\0\0\0\6") + attribute(0x7777)), PHONE)
    assert answer == stun(0x0111, bytes.fromhex("00090004 00000414") + bytes.fromhex("000a0004 00037777"))


def test_an_indication_is_taken_in_silence() -> None:
    assert answer_keepalive(stun(0x0011), PHONE) == b""


@pytest.mark.parametrize(
    "data",
    [
        stun()[:19],
        stun()[:-1],
        stun() + b"\0",
        stun(0x0101),
        stun(0x0002),
        stun().replace(COOKIE, b"0000"),
        stun(attributes=struct.pack("!HH", 0x0006, 40)),
        b"\x01",
    ],
)
def test_what_only_looks_like_stun_is_no_keepalive(data: bytes) -> None:
    assert answer_keepalive(data, PHONE) is None


def test_two_line_ends_are_answered_with_one() -> None:
    assert answer_keepalive(b"\r\n\r\n", PHONE) == b"\r\n"


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\0", b"\0\0\0\0", b" \r\n"])
def test_other_fillers_are_taken_in_silence(data: bytes) -> None:
    assert answer_keepalive(data, PHONE) == b""


def test_a_message_is_no_keepalive() -> None:
    assert answer_keepalive(b"\r\n" + request("OPTIONS"), PHONE) is None


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda body: stun(attributes=body)))
def test_any_bytes_are_taken_and_answered_with_little(data: bytes) -> None:
    answer = answer_keepalive(data, Address("2001:db8::1", 5060))
    assert answer is None or len(answer) <= max(2.5 * len(data), 0)
