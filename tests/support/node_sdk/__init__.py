"""Twilio's own Node SDK as a client: one small program, asked for one thing at a time.

ask(base_url, sid, token, "return (await client.calls.list()).map((call) => call.sid)")
"""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[3]
FOLDER: Final = ROOT / ".venv" / "node_sdk"
LIMIT_S: Final = 60


def ask(base_url: str, sid: str, token: str, body: str) -> Any:
    """What an async JavaScript function of `client` with this body returns. Blocks."""
    done = subprocess.run(
        [node_program(), "client.js", base_url, sid, token, body],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def node_program() -> str:
    """The interpreter to run it with, once everything is installed."""
    done = subprocess.run(
        [ROOT / "scripts" / "node_sdk.sh"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
