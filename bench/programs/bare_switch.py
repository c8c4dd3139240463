"""The parts of a call joined in one program, and nothing else: the least Python that row `call` could be.

A bare user agent that posts a signed webhook for each INVITE, answers once it has read the document that
came, and keeps a record of the call, written in batches. No transactions, no dialogs, no checks, no verbs, no
media.

usage: python -m bench.programs.bare_switch VOICE_URL
Prints its UDP port, then serves until it is ended.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET

import aiohttp

from bench.programs import loop
from bench.programs.bare_record import BareRecords
from bench.programs.bare_user_agent import Address, BareUserAgent, Headers
from bench.programs.bare_webhook import PARAMETERS, signature

BATCH_S: Final = 0.05
"""What a call's records wait for company, as the node's do."""


class BareSwitch(BareUserAgent):
    """Answers whatever calls with what the application says, and writes it down."""

    def __init__(self, application: aiohttp.ClientSession, voice_url: str, records: BareRecords) -> None:
        super().__init__(application, voice_url)
        self._records = records
        self._begun: list[str] = []
        self._ended: list[str] = []
        self._writing: asyncio.TimerHandle | None = None

    async def _ask(self, application: aiohttp.ClientSession, headers: Headers, addr: Address) -> None:
        self._write(self._begun, headers)
        signed = signature(self._voice_url)
        async with application.post(self._voice_url, data=PARAMETERS, headers=signed) as response:
            ET.fromstring(await response.text())  # noqa: S314 - our own application
        self._answer(headers, addr)

    def _end(self, headers: Headers) -> None:
        self._write(self._ended, headers)

    def _write(self, calls: list[str], headers: Headers) -> None:
        calls.append(headers["call-id"][0])
        if self._writing is None:
            self._writing = asyncio.get_running_loop().call_later(BATCH_S, self._commit)

    def _commit(self) -> None:
        self._writing = None
        self._records.begin()
        for call_id in self._begun:
            self._records.insert(call_id)
        for call_id in self._ended:
            self._records.update(call_id)
        self._records.commit()
        self._begun.clear()
        self._ended.clear()


async def serve() -> None:
    """Listen on a free port of loopback."""
    with TemporaryDirectory(prefix="offhook-bench-") as folder:
        records = BareRecords(Path(folder))
        async with aiohttp.ClientSession() as application:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: BareSwitch(application, sys.argv[1], records), local_addr=("127.0.0.1", 0)
            )
            print(transport.get_extra_info("sockname")[1], flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    loop.run(serve)
