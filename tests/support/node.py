"""A real node in a process of its own, started and stopped by a test.

`offhook serve` on ephemeral ports and a fresh data folder; what it prints says where it is. Forked from a
process that has read the code before (`preloaded.py`).
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

import requests

from tests.support import preloaded
from tests.support.preloaded import PreloadedProcess

ROOT: Final = preloaded.ROOT
OFFHOOK: Final = preloaded.OFFHOOK
START_LIMIT_S: Final = 40.0
STOP_LIMIT_S: Final = 10.0


@dataclass(frozen=True)
class Node:
    """A running node and what it said about itself."""

    process: PreloadedProcess
    said: str
    base_url: str
    sip_port: int
    sips_port: int
    """Of TLS; 0 where it is off."""
    account_sid: str
    auth_token: str
    call_lines: tuple[str, ...]
    """The `offhook call` lines, as printed."""
    log_path: Path

    @property
    def ca_file(self) -> Path:
        """The certificate of its CA."""
        return self.log_path.parent / "data" / "tls" / "ca.pem"

    def fetch(self, path: str) -> str:
        """What a GET without credentials gives."""
        answer = requests.get(f"{self.base_url}{path}", timeout=STOP_LIMIT_S)
        answer.raise_for_status()
        return answer.text

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        said: dict[str, Any] = json.loads(self.fetch("/readyz"))
        return said

    def log(self) -> str:
        """What it logged so far."""
        return self.log_path.read_text()


@contextmanager
def running_node(folder: Path, *arguments: str, **settings: str) -> Iterator[Node]:
    """Start `offhook serve ARGUMENTS`; settings are keys of offhook.toml."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OFFHOOK_")},
        "OFFHOOK_DATA_DIR": str(folder / "data"),
        "OFFHOOK_HTTP": "127.0.0.1:0",
        "OFFHOOK_SIP": "127.0.0.1:0",
        "OFFHOOK_SIPS": "127.0.0.1:0",
        "OFFHOOK_MEDIA_PORTS": "0",
        **{f"OFFHOOK_{key.upper()}": value for key, value in settings.items()},
    }
    log_path = folder / "node.log"
    with log_path.open("w") as log:
        process = PreloadedProcess(["serve", *arguments], environment, log)
    try:
        yield _read_banner(process, log_path)
    finally:
        _stop(process)


def _read_banner(process: PreloadedProcess, log_path: Path) -> Node:
    guard = Timer(START_LIMIT_S, process.kill)
    guard.start()
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ready."):
            break
    guard.cancel()
    said = "".join(lines)
    if not lines or not lines[-1].startswith("Ready."):
        raise AssertionError(f"the node did not get ready:\n{said}\n{log_path.read_text()}")
    return Node(
        process=process,
        said=said,
        base_url=_one(r"(http://\S+)", said),
        sip_port=int(_one(r"SIP +\S+:(\d+)", said)),
        sips_port=int(_one(r"SIP \(TLS\) +\S+:(\d+)", said)) if "SIP (TLS)" in said else 0,
        account_sid=_one(r"(AC[0-9a-f]{32})", said),
        auth_token=_one(r"AuthToken +(\S+)", said),
        call_lines=tuple(re.findall(r"^(\S*offhook call .*)$", said, re.MULTILINE)),
        log_path=log_path,
    )


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, f"{pattern} is not in:\n{text}"
    return found[1]


def _stop(process: PreloadedProcess) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        process.stdout.close()
