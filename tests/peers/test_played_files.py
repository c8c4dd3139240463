"""`<Play>` on a real node, heard by a real phone: files of a real web application, found in the recording."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

WORDS = "This was recorded before, and is played now."


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node"), "--voice-url", voice_url) as node:
        yield node


def as_file(folder: Path, name: str) -> bytes:
    """The words as sox or lame would have a customer keep them."""
    samples = np.clip(spoken(WORDS), -32_000, 32_000).astype("<i2").tobytes()
    path = folder / name
    raw = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-"]
    if name.endswith(".mp3"):
        to_wav = ["sox", *raw, "-r", "44100", "-t", "wav", "-"]
        wav = subprocess.run(to_wav, input=samples, capture_output=True, check=True)
        subprocess.run(["lame", "--quiet", "-", str(path)], input=wav.stdout, check=True)
    else:
        subprocess.run(["sox", *raw, "-r", "22050", "-c", "2", str(path)], input=samples, check=True)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content_type"), [("words.wav", "audio/x-wav"), ("words.mp3", "audio/mpeg")]
)
def test_a_file_is_heard_as_it_was_spoken(
    node: Node, application: WebApplication, tmp_path: Path, name: str, content_type: str
) -> None:
    application.files[f"/{name}"] = (content_type, as_file(tmp_path, name))
    application.documents["/voice"] = f"<Response><Play>/{name}</Play></Response>"
    recording = tmp_path / "heard.wav"
    proxy = f"127.0.0.1:{node.sip_port}"
    result = subprocess.run(
        [OFFHOOK, "call", "sip:x@app.sip.localhost", "--proxy", proxy, "--record", recording],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert places(read_wav(recording), spoken(WORDS))
    (call,) = sdk_client(node).calls.list(limit=1)
    assert sdk_client(node).calls(call.sid).notifications.list() == []
