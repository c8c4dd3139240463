"""A peer of a media port that keeps every packet, and what Wireshark reads in them.

The packets are real; what a capture of them would have around them, IP and UDP headers, is written here,
since capturing on an interface wants a privilege that whoever runs the tests may not have.
"""

import asyncio
import json
import socket
import struct
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.media_core import LIMIT_S

LINKTYPE_RAW_IP = 101
LOOPBACK = socket.inet_aton("127.0.0.1")
UDP = 17


@dataclass(frozen=True, slots=True)
class Packet:
    """One datagram on the wire."""

    at_s: float
    source: int
    destination: int
    data: bytes


def free_pair() -> tuple[socket.socket, socket.socket]:
    """Two sockets, on an even port and the one above it."""
    while True:
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp.bind(("127.0.0.1", 0))
        port = rtp.getsockname()[1]
        rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if port % 2 == 0:
            with suppress(OSError):
                rtcp.bind(("127.0.0.1", port + 1))
                return rtp, rtcp
        rtp.close()
        rtcp.close()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, tap: "Tap", port: int) -> None:
        self._tap = tap
        self._port = port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._tap.keep(Packet(time.time(), addr[1], self._port, data))


class Tap:
    """An RTP port and the RTCP port above it, on loopback."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._news = asyncio.Event()
        self._transports: list[asyncio.DatagramTransport] = []
        self.rtp_port = 0

    async def open(self) -> None:
        """Bind a free pair."""
        loop = asyncio.get_running_loop()
        for each in free_pair():
            port = each.getsockname()[1]
            transport, _ = await loop.create_datagram_endpoint(partial(_Ear, self, port), sock=each)
            self._transports.append(transport)
            self.rtp_port = self.rtp_port or port

    def keep(self, packet: Packet) -> None:
        """A packet came or went."""
        self.packets.append(packet)
        self._news.set()

    def send(self, data: bytes, port: int, *, rtcp: bool = False) -> None:
        """Send to a port of this machine."""
        self.keep(Packet(time.time(), self.rtp_port + rtcp, port, data))
        self._transports[rtcp].sendto(data, ("127.0.0.1", port))

    async def heard(self, enough: Any) -> None:
        """Wait until `enough(packets)`."""
        async with asyncio.timeout(LIMIT_S):
            while not enough(self.packets):
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        """Free the pair."""
        for transport in self._transports:
            transport.close()


def write_pcap(path: Path, packets: list[Packet]) -> None:
    """As tcpdump would have written it on a link of bare IPv4."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, LINKTYPE_RAW_IP))
        for packet in packets:
            udp = struct.pack("!HHHH", packet.source, packet.destination, 8 + len(packet.data), 0)
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(packet.data), 0, 0x4000, 64, UDP, 0)
            frame = ip + LOOPBACK + LOOPBACK + udp + packet.data
            seconds, fraction = divmod(packet.at_s, 1)
            file.write(struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)))
            file.write(frame)


def dissect(path: Path, rtp_ports: list[int]) -> list[dict[str, Any]]:
    """What tshark reads: a dict of protocols for each packet, names as in its display filters."""
    decode: list[str] = []
    for port in rtp_ports:
        decode += ["-d", f"udp.port=={port},rtp", "-d", f"udp.port=={port + 1},rtcp"]
    command = [
        "tshark",
        "-r",
        str(path),
        "-T",
        "json",
        "--no-duplicate-keys",
        "-o",
        "ip.check_checksum:FALSE",
    ]
    printed = subprocess.run([*command, *decode], capture_output=True, text=True, check=True).stdout
    return [each["_source"]["layers"] for each in json.loads(printed)]
