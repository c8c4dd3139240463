"""A real node under measurement: `offhook serve` on the server's core, ephemeral ports, a fresh folder."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.process import SERVER_CORE, Program, running
from bench.row import BenchError

OFFHOOK: Final = Path(sys.executable).with_name("offhook")
ACCOUNT_SID: Final = "AC" + "0be9c5" * 5 + "00"
AUTH_TOKEN: Final = "0be9c5" * 5 + "00"
DOMAIN: Final = "app.sip.localhost"
"""The Domain whose Voice URL is the bench's application."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is ready."""

    program: Program
    sip_port: int
    sips_port: int
    """Of TLS."""
    http_port: int


@contextmanager
def running_node(voice_url: str, *, goes_first: bool = False) -> Iterator[Node]:
    """Start a node with nothing set but where it listens and whose account it serves.

    goes_first: as of `running`. Not where it carries audio: its threads share the core, and would wait for
    each other's turns.
    """
    with TemporaryDirectory(prefix="offhook-bench-") as name:
        folder = Path(name)
        settings = {
            "OFFHOOK_DATA_DIR": str(folder / "data"),
            "OFFHOOK_HTTP": "127.0.0.1:0",
            "OFFHOOK_SIP": "127.0.0.1:0",
            "OFFHOOK_SIPS": "127.0.0.1:0",
            "OFFHOOK_MEDIA_PORTS": "0",
            "OFFHOOK_ACCOUNT_SID": ACCOUNT_SID,
            "OFFHOOK_AUTH_TOKEN": AUTH_TOKEN,
            "OFFHOOK_DRAIN_TIMEOUT": "0",
        }
        command: list[str | Path] = [OFFHOOK, "serve", "--voice-url", voice_url]
        log = folder / "node.log"
        with running(SERVER_CORE, command, settings=settings, log=log, goes_first=goes_first) as program:
            try:
                banner = _banner(program)
            except BenchError as error:
                raise BenchError(f"the node did not get ready:\n{log.read_text()[-2000:]}") from error
            yield Node(
                program,
                sip_port=_port(r"^SIP +\S+:(\d+)", banner),
                sips_port=_port(r"^SIP \(TLS\) +\S+:(\d+)", banner),
                http_port=_port(r"^REST API +http://\S+:(\d+)", banner),
            )


def _banner(program: Program) -> str:
    lines = [program.line()]
    while not lines[-1].startswith("Ready."):
        lines.append(program.line())
    return "\n".join(lines)


def _port(pattern: str, banner: str) -> int:
    found = re.search(pattern, banner, re.MULTILINE)
    if found is None:
        raise BenchError(f"no {pattern} in what the node said:\n{banner}")
    return int(found[1])
