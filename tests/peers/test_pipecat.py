"""A Pipecat bot as it runs on Twilio, with its Twilio serializer, talks to a caller.

It is heard, answers, is interrupted, and hangs up through REST.
"""

import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from tests.peers.test_examples import ACCOUNT_SID, AUTH_TOKEN, LIMIT_S, call, node_for
from tests.support.free_port import free_port
from tests.support.node import ROOT
from tests.support.sound import spans

pytestmark = pytest.mark.peer


def test_a_pipecat_bot_greets_answers_is_interrupted_and_hangs_up(tmp_path: Path) -> None:
    port, api = free_port(), free_port()
    bot = subprocess.Popen(
        [sys.executable, "-m", "tests.support.pipecat_bot"],
        cwd=ROOT,
        env={
            **os.environ,
            "PORT": str(port),
            "ACCOUNT_SID": ACCOUNT_SID,
            "AUTH_TOKEN": AUTH_TOKEN,
            "API": f"http://127.0.0.1:{api}",
        },
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    guard = Timer(2 * LIMIT_S, bot.kill)
    guard.start()
    assert bot.stderr is not None
    try:
        assert next(line for line in bot.stderr if "Uvicorn running on" in line)
        with node_for(tmp_path, f"http://127.0.0.1:{port}/voice", http=f"127.0.0.1:{api}") as node:
            heard = call(
                node, tmp_path, "--press", "WW", "--say", "Hello, is anybody there?", "--press", "WWW",
                "--say", "Stop it, please.", "--press", "WWW0",
            )  # fmt: skip
        bot.terminate()
        said = bot.stderr.read()
    finally:
        guard.cancel()
        bot.kill()
        bot.stderr.close()
        bot.wait(LIMIT_S)
    greeting, cut, answer = spans(heard, 0.3)
    assert any(abs(hz - 440) <= 20 for hz in greeting.hz)
    assert all(abs(hz - 700) <= 20 for span in (cut, answer) for hz in span.hz)
    assert cut.lasts_s < 4.5, "it was interrupted: whole it lasts 5 s"
    assert "interrupted" in said
    assert "Successfully terminated Twilio call" in said
