"""SIP.js as a phone that a test holds: it connects by WebSocket, registers, rings, dials, talks and hears.

Its SIP is its own; its audio is plain RTP over UDP from `phone.js`, since Node has no WebRTC.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

from tests.support.node_sdk import FOLDER, node_program
from tests.support.office import OFFICE, PASSWORD
from tests.support.sound import Samples, from_mu_law, mu_law

LIMIT_S: Final = 30.0


@dataclass
class SipJs:
    """A running phone."""

    process: "subprocess.Popen[str]"
    folder: Path

    def do(self, command: str, **arguments: Any) -> None:
        """Give one command of `phone.js`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
        self.process.stdin.flush()

    def wait_for(self, event: str) -> dict[str, Any]:
        """Read on until an event of this name."""
        assert self.process.stdout is not None
        guard = Timer(LIMIT_S, self.process.kill)
        guard.start()
        seen: list[str] = []
        try:
            for line in self.process.stdout:
                seen.append(line)
                told: dict[str, Any] = json.loads(line)
                assert told["event"] != "error", told
                if told["event"] == event:
                    return told
        finally:
            guard.cancel()
        raise AssertionError(f"no {event!r}, only {seen}")

    def register(self) -> None:
        """Connect and register."""
        self.do("connect")
        self.wait_for("connected")
        self.do("register")
        assert self.wait_for("registered")["status"] == 200

    def heard(self) -> Samples:
        """What it heard so far."""
        return from_mu_law((self.folder / "heard.ulaw").read_bytes())


@contextmanager
def running_sipjs(
    folder: Path, server: str, user: str, *, ca_file: Path | None = None, says: bytes | None = None
) -> Iterator[SipJs]:
    """A phone of the office.

    server: URL of the WebSocket. ca_file: whom it trusts over TLS. says: samples of 16 bits at 8000 Hz.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "server": server,
        "address": f"sip:{user}@{OFFICE}",
        "user": user,
        "password": PASSWORD,
        "folder": str(folder),
        "says": None,
    }
    if says is not None:
        (folder / "says.ulaw").write_bytes(mu_law(says))
        settings["says"] = str(folder / "says.ulaw")
    environment = dict(os.environ)
    if ca_file is not None:
        environment["NODE_EXTRA_CA_CERTS"] = str(ca_file)
    with (folder / "phone.log").open("w") as log:
        process = subprocess.Popen(
            [node_program(), "phone.js", json.dumps(settings)],
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    phone = SipJs(process, folder)
    try:
        phone.wait_for("ready")
        yield phone
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(LIMIT_S)
        if process.stdout is not None:
            process.stdout.close()
