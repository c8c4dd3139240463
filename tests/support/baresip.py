"""baresip as a phone that a test holds: it dials, presses keys, and keeps what it hears as a WAV file.

Debian's package, driven over its ctrl_tcp module (netstrings of JSON) on loopback.
"""

import json
import socket
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any, Final

from tests.support.free_port import free_tcp_port, free_udp_port

LIMIT_S: Final = 30.0

CONFIG: Final = """\
module_path /usr/lib/baresip/modules
sip_listen 127.0.0.1:{sip_port}
net_interface 127.0.0.1
audio_player aufile,{folder}/played.wav
audio_source aufile,{folder}/microphone.wav
audio_alert aufile,{folder}/alert.wav
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path {folder}
"""


@dataclass
class Baresip:
    """A running baresip."""

    folder: Path
    control: socket.socket
    events: list[dict[str, Any]] = field(default_factory=list)
    _buffer: bytes = b""

    def command(self, name: str, parameter: str = "") -> None:
        """Send one command of baresip's menu, such as `dial` or `hangup`."""
        message = json.dumps({"command": name, "params": parameter, "token": name}).encode()
        self.control.sendall(b"%d:%s," % (len(message), message))

    def wait_for(self, kind: str) -> dict[str, Any]:
        """Wait for an event such as CALL_ESTABLISHED or CALL_CLOSED.

        Raises: AssertionError when the call closes first, or after 30 s.
        """
        while True:
            message = self._next_message()
            if message.get("event"):
                self.events.append(message)
            if message.get("type") == kind:
                return message
            assert message.get("type") != "CALL_CLOSED", f"the call closed: {message.get('param')}"

    def _next_message(self) -> dict[str, Any]:
        while True:
            length, colon, rest = self._buffer.partition(b":")
            if colon and len(rest) > int(length):
                self._buffer = rest[int(length) + 1 :]
                message: dict[str, Any] = json.loads(rest[: int(length)])
                return message
            received = self.control.recv(65536)
            assert received, f"baresip went away; it said {self.events}"
            self._buffer += received

    def heard(self) -> Path:
        """The WAV file of what it heard in its call so far."""
        (path,) = self.folder.glob("dump-*-dec.wav")
        return path


@contextmanager
def running_baresip(folder: Path, *, outbound: str) -> Iterator[Baresip]:
    """Start baresip with one account that registers nowhere.

    outbound: SIP URI of the proxy through which it sends every request.
    """
    control_port, sip_port = free_tcp_port(), free_udp_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text(CONFIG.format(folder=folder, control_port=control_port, sip_port=sip_port))
    (folder / "accounts").write_text(f'<sip:phone@127.0.0.1>;regint=0;outbound="{outbound}"\n')
    _write_silence(folder / "microphone.wav")
    with (folder / "baresip.log").open("w") as log:
        process = subprocess.Popen(
            ["baresip", "-f", folder, "-v"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    guard = Timer(LIMIT_S, process.kill)
    guard.start()
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "baresip is ready" in line:
                break
        with socket.create_connection(("127.0.0.1", control_port), timeout=LIMIT_S) as control:
            yield Baresip(folder, control)
    finally:
        guard.cancel()
        process.terminate()
        process.stdout.close()
        process.wait(LIMIT_S)


def _write_silence(path: Path) -> None:
    """What the microphone hears: ten minutes of a quiet room."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 600))
