"""SIP messages as a capture file for Wireshark and sngrep (libpcap's format of 1999, link type RAW).

What is written is who sent what to whom and when, not the packets: every message is one UDP datagram,
whatever carried it, so that those over TLS can be read as well.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Final

MAGIC: Final = 0xA1B2C3D4
RAW_IP: Final = 101
"""LINKTYPE_RAW: the packet begins with its IP header."""
LENGTH_MAX: Final = 65_535
UDP: Final = 17


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """One message between two addresses of one family."""

    at_s: float
    """Seconds since 1970."""
    source: tuple[str, int]
    """Numeric address and port."""
    destination: tuple[str, int]
    data: bytes
    """At most 65,487 bytes; what is longer is cut off."""


def pcap(messages: Iterable[CapturedMessage]) -> bytes:
    """The whole file."""
    parts = [struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, LENGTH_MAX, RAW_IP)]
    for message in messages:
        packet = _packet(message)
        seconds, micros = divmod(round(message.at_s * 1_000_000), 1_000_000)
        parts.append(struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet)
    return b"".join(parts)


def _packet(message: CapturedMessage) -> bytes:
    source, destination = ip_address(message.source[0]), ip_address(message.destination[0])
    is_v4 = isinstance(source, IPv4Address)
    data = message.data[: LENGTH_MAX - (28 if is_v4 else 48)]
    length = 8 + len(data)
    ports = struct.pack("!HH", message.source[1], message.destination[1])
    pseudo = source.packed + destination.packed + struct.pack("!HH", UDP, length)
    checksum = _checksum(pseudo + ports + struct.pack("!HH", length, 0) + data) or 0xFFFF
    udp = ports + struct.pack("!HH", length, checksum) + data
    if not is_v4:
        head = struct.pack("!IHBB", 6 << 28, length, UDP, 64)
        return head + source.packed + destination.packed + udp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, UDP, 0)
    head += source.packed + destination.packed
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + udp


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
