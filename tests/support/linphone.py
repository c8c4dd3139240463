"""linphone as a phone that a test holds: it registers, dials, presses keys, and records what it hears.

Debian's linphonec, driven over its standard input, with WAV files where the sound card would be. Its log
goes to standard output, so that whatever happens to it is a line to wait for.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.sdp.crypto import SUITES
from tests.support.office import Login
from tests.support.printed import Printed

LIMIT_S: Final = 20.0
RINGING: Final = "to LinphoneCallIncomingReceived"
REGISTERED: Final = "to [LinphoneRegistrationOk]"
ESTABLISHED: Final = "to LinphoneCallStreamsRunning"
CLOSED: Final = "to LinphoneCallReleased"
FAILED: Final = "to LinphoneCallError"

# -1: any port; -2: none.
CONFIG: Final = """\
[sip]
bind_address=127.0.0.1
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-2
default_proxy=0

[net]
firewall_policy=0

[rtp]
bind_address=127.0.0.1
audio_rtp_port=-1
"""
TRUST: Final = """
[sip]
root_ca={ca_file}
verify_server_certs=1
verify_server_cn=0
"""
"""Its library knows no addresses in certificates, and the node is called by its address."""
SRTP: Final = """
[sip]
media_encryption=srtp
media_encryption_mandatory=1
srtp_crypto_suites={suites}
"""
REGISTRATION: Final = """
[proxy_0]
reg_proxy=<{proxy}>
reg_route=<{proxy};lr>
reg_identity={address}
reg_expires=3600
reg_sendregister=1

[auth_info_0]
username={user}
passwd={password}
domain={domain}
"""


@dataclass
class Linphone:
    """A running linphonec."""

    folder: Path
    process: "subprocess.Popen[str]"
    printed: Printed
    """Its answers and its log."""

    def command(self, line: str) -> None:
        """Type one command, such as `terminate`."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def dial(self, uri: str) -> None:
        """Call somebody."""
        self.command(f"call {uri}")

    def press(self, key: str) -> None:
        """Press a key in the call."""
        self.command(key)

    def hold(self) -> None:
        """Put the call on hold; done when the node has answered."""
        self.command("pause")
        self.printed.wait_for("a=recvonly")

    def resume(self) -> None:
        """End the hold; done when there is audio again."""
        self.command("resume")
        self.printed.wait_for(ESTABLISHED)

    def transfer(self, uri: str) -> None:
        """Blind, of the call."""
        self.command(f"transfer {uri}")

    def wait_ringing(self) -> None:
        """Wait until somebody calls."""
        self.printed.wait_for(RINGING)

    def wait_established(self) -> None:
        """Wait until it is in a call."""
        self.printed.wait_for(ESTABLISHED)

    def wait_closed(self) -> None:
        """Wait until the call is over, and what was heard is written."""
        self.printed.wait_for(CLOSED)

    def wait_refused(self) -> None:
        """Wait until its call has failed."""
        self.printed.wait_for(FAILED)
        self.printed.wait_for(CLOSED)

    def heard(self) -> Path:
        """The WAV file of what it heard in its last call."""
        return self.folder / "heard.wav"


@contextmanager
def registered_linphone(folder: Path, login: Login) -> Iterator[Linphone]:
    """Start linphonec, registered by the time it is given; it unregisters when it is left.

    It answers every call.
    """
    registration = REGISTRATION.format(
        proxy=login.proxy,
        address=login.address,
        user=login.user,
        password=login.password,
        domain=login.domain,
    )
    if login.ca_file is not None:
        registration += TRUST.format(ca_file=login.ca_file)
    if login.srtp:
        registration += SRTP.format(suites=login.srtp_suite or ", ".join(SUITES))
    config = folder / "linphonerc"
    with _running(folder, config, registration, ["linphonec", "-a", "-d", "5", "-c", str(config)]) as phone:
        phone.printed.wait_for(REGISTERED)
        for line in ("soundcard use files", f"record {phone.heard()}", "status register"):
            phone.command(line)
        phone.printed.wait_for("registered, identity=")  # the answer to the last of them
        yield phone


@contextmanager
def pasted_linphone(folder: Path, line: str) -> Iterator[Linphone]:
    """Start linphonec by a line of a shell that somebody printed and that ends in its name.

    It has a home of its own, is registered by the time it is given, and rings until the command `answer`.
    """
    with _running(folder, folder / "home" / ".linphonerc", "", ["bash", "-c", f"{line} -d 5"]) as phone:
        phone.printed.wait_for(REGISTERED)
        phone.command("soundcard use files")
        phone.command(f"record {phone.heard()}")
        yield phone


@contextmanager
def _running(folder: Path, config: Path, registration: str, command: list[str]) -> Iterator[Linphone]:
    home = folder / "home"
    (home / ".local" / "share" / "linphone").mkdir(parents=True)
    config.write_text(CONFIG + registration)
    process = subprocess.Popen(
        command,
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    phone = Linphone(folder, process, Printed(process))
    try:
        yield phone
        phone.command("quit")
        process.stdin.close()
        process.wait(LIMIT_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        phone.printed.close()
        process.stdin.close()
