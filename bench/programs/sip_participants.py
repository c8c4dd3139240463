"""Callers who stay: calls at a steady rate whose audio somebody else says and hears, until they are to end.

usage: python -m bench.programs.sip_participants PORT DOMAIN RATE COUNT AUDIO_PORT...
Call i offers audio port i modulo their number. When all are answered prints where their audio is to be sent,
a port for each in one line, call by call. Behind a line on standard input they hang up, and JSON says how
many calls were ended by the other side before (`lost`).
"""

import asyncio
import json
import re
import sys
from typing import Final

from bench.programs import loop
from bench.programs.bare_user_agent import Address, bare_parse
from bench.programs.sip_callers import Callers

LIMIT_S: Final = 15.0
"""How long after the last INVITE one waits for what is missing."""
MEDIA_PORT: Final = re.compile(rb"^m=audio (\d+) ", re.MULTILINE)


class Participants(Callers):
    """All of them on one socket."""

    def __init__(self, domain: str, count: int, audio_ports: list[str]) -> None:
        super().__init__(domain, count)
        self._audio_ports = audio_ports
        self._count = count
        self.leg_ports: dict[int, int] = {}
        """Where each call's audio is to be sent, by its number."""
        self.all_up = asyncio.get_running_loop().create_future()
        self.lost = 0
        self._established: dict[int, dict[str, list[str]]] = {}

    def offered_port(self, number: int) -> str:
        """Each call has its audio come to one of the ports in turn."""
        return self._audio_ports[number % len(self._audio_ports)]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Take a response, or the end of a call."""
        if data.startswith(b"BYE "):
            self.lost += 1
        elif data.startswith(b"SIP/2.0 2") and b"INVITE" in data.partition(b"CSeq:")[2].partition(b"\r\n")[0]:
            self._take_answer(data)
        else:
            super().datagram_received(data, addr)

    def _take_answer(self, data: bytes) -> None:
        _, headers = bare_parse(data)
        self.acknowledge(headers)
        number = self.number(headers)
        found = MEDIA_PORT.search(data)
        if found is None:
            raise ValueError(f"an answer without audio: {data!r}")
        self._established[number] = headers
        self.leg_ports[number] = int(found[1])
        if len(self.leg_ports) == self._count and not self.all_up.done():
            self.all_up.set_result(None)

    def hang_up(self) -> None:
        """End all calls."""
        for headers in self._established.values():
            self.end(headers)


async def main() -> None:
    """Place the calls, hold them, end them."""
    port, domain, rate, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    running = asyncio.get_running_loop()
    _, callers = await running.create_datagram_endpoint(
        lambda: Participants(domain, count, sys.argv[5:]),
        local_addr=("127.0.0.1", 0),
        remote_addr=("127.0.0.1", port),
    )
    begin_s = running.time()
    for number in range(count):
        running.call_at(begin_s + number / rate, callers.invite, number)
    async with asyncio.timeout(count / rate + LIMIT_S):
        await callers.all_up
    print(*(callers.leg_ports[number] for number in range(count)), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    lost = callers.lost
    callers.hang_up()
    async with asyncio.timeout(LIMIT_S):
        await callers.all_over
    print(json.dumps({"lost": lost}), flush=True)


if __name__ == "__main__":
    loop.run(main)
