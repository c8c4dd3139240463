"""How many calls this machine's media ports and open files allow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from offhook.doctor.finding import Finding, fault, fine, warning

FILES_A_LEG: Final = 4
"""Two sockets (RTP, RTCP), a recording, the connection of its webhook."""
FILES_OF_THE_NODE: Final = 200
"""Listeners, database, workers, the connections of the API."""
FEW: Final = 100
"""Fewer calls than these are worth a warning."""
UDP_TABLES: Final = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def examine_media_ports(low: int, high: int) -> Iterator[Finding]:
    """The range of RTP ports: how many legs it has room for, and who is in it.

    (0, 0): the system chooses.
    """
    if (low, high) == (0, 0):
        yield fine("media", "the system chooses the RTP ports")
        return
    pairs = max(0, (high + 1 - low - low % 2) // 2)
    room = f"media_ports {low}-{high}: {pairs:,} legs at once, {pairs // 2:,} calls that are put through"
    taken = [port for port in taken_udp_ports(UDP_TABLES) if low <= port <= high]
    if pairs == 0:
        yield fault("media", room, "a leg needs an even port and the next one: widen OFFHOOK_MEDIA_PORTS")
    elif len(taken) * 2 > pairs:
        yield warning(
            "media",
            f"{room}; {len(taken):,} of its ports are in use",
            "choose a range of your own: OFFHOOK_MEDIA_PORTS=LOW-HIGH",
        )
    elif pairs < FEW:
        yield warning("media", room, "for more calls widen OFFHOOK_MEDIA_PORTS")
    else:
        yield fine("media", room)


def taken_udp_ports(tables: tuple[Path, ...]) -> set[int]:
    """Local ports of the UDP sockets of this machine, of whatever program, as the kernel lists them."""
    ports = set()
    for table in tables:
        if table.is_file():
            for line in table.read_text().splitlines()[1:]:
                _, _, port = line.split()[1].rpartition(":")
                ports.add(int(port, 16))
    return ports


def examine_open_files(soft: int, hard: int) -> Iterator[Finding]:
    """The limit of open files; the node raises the soft one to the hard one by itself."""
    legs = max(0, hard - FILES_OF_THE_NODE) // FILES_A_LEG
    room = f"{hard:,} open files allowed ({soft:,} before the node asks for more): {legs:,} legs at once"
    if legs < FEW:
        yield warning(
            "files", room, "raise the hard limit: `ulimit -Hn 65536`, or LimitNOFILE=65536 in systemd's unit"
        )
    else:
        yield fine("files", room)
