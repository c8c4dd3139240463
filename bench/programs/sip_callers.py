"""Callers at a steady rate who look at the clock: from INVITE to 200. Each hangs up once it is answered.

No retransmissions: on loopback nothing is lost, and a call that is not answered in time is told as failed.

usage: python -m bench.programs.sip_callers PORT DOMAIN RATE COUNT
Prints JSON: `answer_ms` of each call that was answered, and `failed`, the number of the others.
"""

import asyncio
import json
import os
import sys
import time
from typing import Final, cast

from bench.programs import loop
from bench.programs.bare_user_agent import Address, Headers, bare_parse

NOWHERE: Final = "9"
"""A port that nobody listens at (RFC 863)."""
LIMIT_S: Final = 5.0
"""How long after the last INVITE one waits for what is missing."""
CSEQ: Final = {"INVITE": 1, "ACK": 1, "BYE": 2}
OFFER: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)


class Callers(asyncio.DatagramProtocol):
    """All of them on one socket; a call is known by the number in its Call-ID."""

    def __init__(self, domain: str, count: int) -> None:
        self._domain = domain
        self._count = count
        self._invited_s: dict[str, float] = {}
        self.answer_ms: list[float] = []
        self.refused = 0
        self.all_over = asyncio.get_running_loop().create_future()
        self._over = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._port: int = transport.get_extra_info("sockname")[1]

    def invite(self, number: int) -> None:
        """Place one call."""
        call_id = f"{os.getpid()}-{number}@127.0.0.1"
        headers = {"to": [f"<sip:anyone@{self._domain}>"], "call-id": [call_id]}
        offer = OFFER.format(port=self.offered_port(number))
        self._send("INVITE", f"sip:anyone@{self._domain}", headers, offer)
        self._invited_s[call_id] = time.perf_counter()

    def offered_port(self, number: int) -> str:
        """Where a call's audio is to come; nobody hears it here."""
        return NOWHERE

    def number(self, headers: Headers) -> int:
        """Which call a message is of."""
        return int(headers["call-id"][0].partition("@")[0].rpartition("-")[2])

    def acknowledge(self, headers: Headers) -> None:
        """ACK the answer with these headers."""
        self._send("ACK", headers["contact"][0].strip("<>"), headers)

    def end(self, headers: Headers) -> None:
        """Hang up the call that was answered with these headers."""
        self._send("BYE", headers["contact"][0].strip("<>"), headers)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Take a response."""
        now_s = time.perf_counter()
        _, headers = bare_parse(data)
        status, call_id = int(data[8:11]), headers["call-id"][0]
        if status < 200:
            return
        if headers["cseq"][0].endswith("BYE"):
            self._end_one()
        elif status < 300:
            self.answer_ms.append((now_s - self._invited_s.pop(call_id)) * 1000)
            self.acknowledge(headers)
            self.end(headers)
        else:
            self.refused += 1
            self._end_one()

    def _end_one(self) -> None:
        self._over += 1
        if self._over == self._count:
            self.all_over.set_result(None)

    def _send(self, method: str, uri: str, of: Headers, body: str = "") -> None:
        call_id = of["call-id"][0]
        here = f"127.0.0.1:{self._port}"
        self._transport.sendto(
            (
                f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{method}{call_id};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:bench@{here}>;tag={call_id.partition('@')[0]}\r\n"
                f"To: {of['to'][0]}\r\nCall-ID: {call_id}\r\nCSeq: {CSEQ[method]} {method}\r\n"
                f"Contact: <sip:bench@{here}>\r\nContent-Type: application/sdp\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )


async def main() -> None:
    """Place the calls, one after another at their times."""
    port, domain, rate, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    running = asyncio.get_running_loop()
    transport, callers = await running.create_datagram_endpoint(
        lambda: Callers(domain, count), local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", port)
    )
    begin_s = running.time()
    for number in range(count):
        running.call_at(begin_s + number / rate, callers.invite, number)
    try:
        async with asyncio.timeout(count / rate + LIMIT_S):
            await callers.all_over
    except TimeoutError:
        print(f"{count - len(callers.answer_ms)} calls had no answer", file=sys.stderr)
    transport.close()
    print(json.dumps({"answer_ms": callers.answer_ms, "failed": count - len(callers.answer_ms)}), flush=True)


if __name__ == "__main__":
    loop.run(main)
