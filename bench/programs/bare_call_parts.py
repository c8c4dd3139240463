"""What a call cannot do without, bare: its webhook, its document, its record. CPU of each.

The webhook is posted by aiohttp with kept connections and its signature computed; the document is read by
ElementTree; the record is inserted and updated in SQLite with the product's durability, ten calls in a
transaction.

usage: python -m bench.programs.bare_call_parts VOICE_URL
Prints JSON: µs of CPU for each.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET

import aiohttp

from bench.programs import loop
from bench.programs.bare_record import BareRecords
from bench.programs.bare_webhook import PARAMETERS, signature
from bench.programs.web_application import DOCUMENT

POSTS: Final = 1000
AT_ONCE: Final = 20
DOCUMENTS: Final = 3000
RECORDS: Final = 3000
RECORDS_A_TRANSACTION: Final = 10


async def webhook_us(url: str) -> float:
    """One POST and its answer, many at a time over kept connections."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def post() -> None:
            async with session.post(url, data=PARAMETERS, headers=signature(url)) as response:
                await response.text()

        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
        start_s = time.process_time()
        for _ in range(POSTS // AT_ONCE):
            await asyncio.gather(*(post() for _ in range(AT_ONCE)))
        return (time.process_time() - start_s) / POSTS * 1e6


def document_us() -> float:
    """One document read."""
    start_s = time.process_time()
    for _ in range(DOCUMENTS):
        ET.fromstring(DOCUMENT)  # noqa: S314 - our own text
    return (time.process_time() - start_s) / DOCUMENTS * 1e6


def record_us() -> float:
    """One call inserted and updated."""
    with TemporaryDirectory(prefix="offhook-bench-") as folder:
        records = BareRecords(Path(folder))
        start_s = time.process_time()
        for first in range(0, RECORDS, RECORDS_A_TRANSACTION):
            records.begin()
            for number in range(first, first + RECORDS_A_TRANSACTION):
                records.insert(f"CA{number}")
                records.update(f"CA{number}")
            records.commit()
        used_s = time.process_time() - start_s
        records.close()
        return used_s / RECORDS * 1e6


async def main() -> None:
    """Measure all three."""
    parts = {
        "webhook_us": await webhook_us(sys.argv[1]),
        "document_us": document_us(),
        "record_us": record_us(),
    }
    print(json.dumps(parts), flush=True)


if __name__ == "__main__":
    loop.run(main)
