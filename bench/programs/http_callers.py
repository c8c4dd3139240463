"""Asks an HTTP server for one path again and again, over a few kept connections, each waiting for its answer.

usage: python -m bench.programs.http_callers PORT PATH AUTHORIZATION CONNECTIONS SECONDS
Prints JSON: `answers` that were 200, `others`, `seconds` from the first request to the last answer.
"""

import asyncio
import json
import sys
import time
from functools import partial
from typing import cast

import httptools

from bench.programs import loop


class Caller(asyncio.Protocol):
    """One connection with one request on its way."""

    def __init__(self, request: bytes, until_s: float) -> None:
        self._request = request
        self._until_s = until_s
        self.answers = 0
        self.others = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """A whole answer is there: count it and ask again, until time is up."""
        if self._parser.get_status_code() == 200:
            self.answers += 1
        else:
            self.others += 1
        self._parser = httptools.HttpResponseParser(self)
        if time.monotonic() < self._until_s:
            self._transport.write(self._request)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end; one that the server made is no answer."""
        del exc
        self.others += time.monotonic() < self._until_s
        self.ended.set_result(None)


def _same(caller: Caller) -> Caller:
    return caller


async def main() -> None:
    """Ask until time is up."""
    port, path, authorization, connections, seconds = sys.argv[1:]
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {authorization}\r\n\r\n".encode()
    )
    start_s = time.monotonic()
    callers = [Caller(request, start_s + float(seconds)) for _ in range(int(connections))]
    for caller in callers:
        await asyncio.get_running_loop().create_connection(partial(_same, caller), "127.0.0.1", int(port))
    await asyncio.gather(*(caller.ended for caller in callers))
    counted = {
        "answers": sum(caller.answers for caller in callers),
        "others": sum(caller.others for caller in callers),
        "seconds": time.monotonic() - start_s,
    }
    print(json.dumps(counted), flush=True)


if __name__ == "__main__":
    loop.run(main)
