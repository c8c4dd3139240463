"""The examples as their heads describe them: started, dialled, heard."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, ROOT, running_node
from tests.support.sound import likeness, read_wav, spoken

pytestmark = pytest.mark.peer

LIMIT_S = 60
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "auth-token-of-the-tests"


@contextmanager
def running_example(name: str) -> Iterator[str]:
    """Start an example; gives the URL of its first document."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, ROOT / "examples" / name],
        env={**os.environ, "PORT": str(port), "TWILIO_AUTH_TOKEN": AUTH_TOKEN},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    guard = Timer(LIMIT_S, process.kill)
    guard.start()
    assert process.stderr is not None
    try:
        assert next(line for line in process.stderr if "Running on" in line)
        yield f"http://127.0.0.1:{port}/voice"
    finally:
        guard.cancel()
        process.terminate()
        process.stderr.close()
        process.wait(LIMIT_S)


def call(folder: Path, voice_url: str, *steps: str) -> Path:
    """Call an application through a node; gives the recording of what was heard."""
    recording = folder / "call.wav"
    with running_node(
        folder, "--voice-url", voice_url, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN
    ) as node:
        command = [str(OFFHOOK), "call", f"sip:anyone@app.sip.localhost:{node.sip_port}", *steps]
        result = subprocess.run(
            [*command, "--record", str(recording)],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr + node.log()
        assert "the other side hung up" in result.stdout
    return recording


def test_hello_answers_and_says(tmp_path: Path) -> None:
    with running_example("hello.py") as voice_url:
        heard = read_wav(call(tmp_path, voice_url))
    assert likeness(heard, spoken("Hello from your own application.")) > 0.95


def test_a_flask_application_with_twilios_library_checks_signatures_and_hears_the_keys(
    tmp_path: Path,
) -> None:
    with running_example("flask_ivr.py") as voice_url:
        heard = read_wav(call(tmp_path, voice_url, "--press", "2WWW12345"))
    assert likeness(heard, spoken("Order 1 2 3 4 5 is on its way. Goodbye.")) > 0.95
