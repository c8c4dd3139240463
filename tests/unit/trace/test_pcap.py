"""A capture file: what Wireshark reads is what was written."""

import subprocess
from pathlib import Path

import pytest

from offhook.trace.pcap import CapturedMessage, pcap

INVITE = b"INVITE sip:demo@192.0.2.1 SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
BUSY = b"SIP/2.0 486 Busy Here\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
V4 = (("192.0.2.7", 5062), ("192.0.2.1", 5060))
V6 = (("2001:db8::7", 5062), ("2001:db8::1", 5061))


def test_a_file_without_messages_is_a_file_header() -> None:
    assert len(pcap([])) == 24


@pytest.mark.peer
@pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])
def test_wireshark_reads_the_messages_their_ends_and_their_times(
    tmp_path: Path, ends: tuple[tuple[str, int], tuple[str, int]]
) -> None:
    phone, node = ends
    file = tmp_path / "call.pcap"
    file.write_bytes(
        pcap(
            [
                CapturedMessage(1_764_230_400.25, phone, node, INVITE),
                CapturedMessage(1_764_230_400.5, node, phone, BUSY),
            ]
        )
    )

    assert tshark(
        file, "frame.time_epoch", "udp.srcport", "udp.dstport", "sip.Method", "sip.Status-Code"
    ) == [
        ["1764230400.250000000", str(phone[1]), str(node[1]), "INVITE", ""],
        ["1764230400.500000000", str(node[1]), str(phone[1]), "", "486"],
    ]
    assert tshark(file, "udp.checksum.status", "_ws.malformed", check=True) == [["1", ""], ["1", ""]]


@pytest.mark.peer
def test_a_message_of_many_kilobytes_is_one_packet(tmp_path: Path) -> None:
    file = tmp_path / "call.pcap"
    file.write_bytes(pcap([CapturedMessage(1.0, *V4, INVITE + b"x" * 70_000)]))

    assert tshark(file, "udp.length", "sip.Method") == [["65515", "INVITE"]]


def tshark(file: Path, *fields: str, check: bool = False) -> list[list[str]]:
    """What it reads of each packet. check: checksums too."""
    options = ["-o", f"udp.check_checksum:{str(check).upper()}"]
    wanted = [part for field in fields for part in ("-e", field)]
    command = ["tshark", "-r", str(file), *options, "-T", "fields", *wanted]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in printed.splitlines()]
