"""baresip as a phone that a test holds: it registers, rings, dials, presses keys, and records what it hears.

Debian's package, driven over its ctrl_tcp module (netstrings of JSON) on loopback.
"""

import json
import shlex
import socket
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.free_port import free_port
from tests.support.office import Login
from tests.support.printed import Printed

LIMIT_S: Final = 30.0

CONFIG: Final = """\
module_path /usr/lib/baresip/modules
sip_listen 127.0.0.1:{sip_port}
net_interface 127.0.0.1
audio_player aufile,{folder}/played.wav
audio_source aufile,{folder}/microphone.wav
audio_alert aufile,{folder}/alert.wav
module g711.so
module srtp.so
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
    uri: str
    """Where it can be called without being registered."""
    control: socket.socket
    printed: Printed
    """Its messages, and a trace of all SIP that it got and sent."""
    events: list[dict[str, Any]] = field(default_factory=list)
    _buffer: bytes = b""
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    """Came before the answer to a command, and is for whoever waits next."""

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

    def dial(self, uri: str) -> None:
        """Call somebody."""
        self.command("dial", uri)

    def press(self, key: str) -> None:
        """Press a key in the call."""
        self.command("sndcode", key)

    def hold(self) -> None:
        """Put the call on hold; done when the node has answered."""
        self.command("hold")
        self.printed.wait_for("a=recvonly")

    def resume(self) -> None:
        """End the hold; done when the node has answered."""
        self.command("resume")
        for _ in ("its offer", "the answer"):
            self.printed.wait_for("a=sendrecv")

    def transfer(self, uri: str) -> None:
        """Blind, of the call."""
        self.command("transfer", uri)

    def wait_established(self) -> None:
        """Wait until it is in a call."""
        self.wait_for("CALL_ESTABLISHED")

    def wait_closed(self) -> None:
        """Wait until the call is over and what was heard is written, which is before its next answer."""
        self.wait_for("CALL_CLOSED")
        self.command("listcalls")
        meanwhile: list[dict[str, Any]] = []
        while (message := self._next_message()).get("token") != "listcalls":
            meanwhile.append(message)
        self._waiting = meanwhile + self._waiting

    def wait_refused(self) -> None:
        """Wait until its call has failed."""
        while self._next_message().get("type") != "CALL_CLOSED":
            pass

    def _next_message(self) -> dict[str, Any]:
        if self._waiting:
            return self._waiting.pop(0)
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
        """The WAV file of what it heard in its last call so far."""
        return max(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime_ns)


@contextmanager
def running_baresip(folder: Path, *, outbound: str, says: bytes = b"") -> Iterator[Baresip]:
    """Start baresip with one account that registers nowhere.

    outbound: SIP URI of the proxy through which it sends every request. says: as `registered_baresip`.
    """
    account = f'<sip:phone@127.0.0.1>;regint=0;outbound="{outbound}"'
    with _running(folder, account, ready="baresip is ready", says=says) as phone:
        yield phone


@contextmanager
def pasted_baresip(folder: Path, line: str, *, ready: str, says: bytes = b"") -> Iterator[Baresip]:
    """Start baresip by a line of a shell that somebody printed; it rings until the command `accept`.

    ready: what it prints once it is as the line wants it.
    """
    with _running(folder, "", ready=ready, says=says, command=tuple(shlex.split(line))) as phone:
        yield phone


@contextmanager
def registered_baresip(
    folder: Path, login: Login, *, is_answering: bool = True, says: bytes = b""
) -> Iterator[Baresip]:
    """Start baresip, registered by the time it is given; it unregisters when it is left.

    is_answering: it takes every call at once; else it rings until the command `accept`.
    says: what its microphone hears, 16-bit samples at 8000 Hz again and again; b"" is a quiet room.
    """
    account = (
        f"<{login.address};transport={login.transport}>;auth_user={login.user};auth_pass={login.password}"
        f';regint=3600;outbound="{login.proxy}";answermode={"auto" if is_answering else "manual"}'
    )
    if login.srtp:
        account += ";mediaenc=srtp-mand"
    registered = f"{login.user}@{login.domain}: {{0/{login.transport.upper()}/v4}} 200 OK"
    trust = "" if login.ca_file is None else f"sip_cafile {login.ca_file}\nsip_verify_server yes\n"
    with _running(folder, account, ready=registered, says=says, more_config=trust) as phone:
        yield phone


@contextmanager
def _running(
    folder: Path,
    account: str,
    *,
    ready: str,
    says: bytes = b"",
    command: tuple[str, ...] = ("stdbuf", "-oL", "baresip"),
    more_config: str = "",
) -> Iterator[Baresip]:
    """ready: what it prints when the test may begin."""
    control_port, sip_port = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(folder=folder, control_port=control_port, sip_port=sip_port)
    (folder / "config").write_text(config + more_config)
    (folder / "accounts").write_text(f"{account}\n")
    _write_microphone(folder / "microphone.wav", says)
    process = subprocess.Popen(
        [*command, "-f", folder, "-v", "-s"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = Printed(process)
    try:
        printed.wait_for(ready)
        with socket.create_connection(("127.0.0.1", control_port), timeout=LIMIT_S) as control:
            yield Baresip(folder, f"sip:phone@127.0.0.1:{sip_port}", control, printed)
    finally:
        process.terminate()
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:  # it waits for an answer to its last REGISTER
            process.kill()
            process.wait()
            raise
        finally:
            printed.close()


def _write_microphone(path: Path, says: bytes) -> None:
    """What the microphone hears for ten minutes: this again and again, or a quiet room."""
    length = 2 * 8000 * 600
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((says * (length // len(says) + 1))[:length] if says else bytes(length))
