"""A line of the log, as machines read it."""

import json
import subprocess
import sys
from datetime import datetime

from offhook.cli.logging import as_json_line


def test_a_line_is_json_with_its_level_and_its_moment() -> None:
    said = json.loads(
        as_json_line(None, "info", {"call_sid": "CA0", "event": "call.ended", "why": 'a "b"\n'})
    )
    moment = said.pop("timestamp")
    assert said == {"call_sid": "CA0", "event": "call.ended", "why": 'a "b"\n', "level": "info"}
    assert moment.endswith("Z")
    assert datetime.fromisoformat(moment).utcoffset() is not None


def test_what_json_has_no_form_for_is_shown_as_python_shows_it() -> None:
    assert json.loads(as_json_line(None, "error", {"event": "x", "what": {1}}))["what"] == "{1}"


FAILING = """
import asyncio, logging, threading, warnings
from offhook.cli.logging import log_what_nobody_caught, set_up_logging
from offhook.cli.serve import _run

def fail(of="a callback"):
    raise RuntimeError(f"the fault of {of}")

class Finalized:
    def __del__(self):
        fail("a finalizer")

async def left():
    fail("a task")

async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(fail)
    loop.create_task(left())
    await asyncio.sleep(0.01)
    thread = threading.Thread(target=fail, args=("a thread",), name="worker")
    thread.start()
    thread.join()
    Finalized()
    warnings.warn("the fault of a warning", stacklevel=1)
    logging.getLogger("lib").error("the fault of a %s", "library")
    logging.getLogger("lib").info("nothing to tell")
    return 0

set_up_logging("info", as_json=True)
log_what_nobody_caught()
_run(main)
fail("all")
"""


def test_what_nobody_caught_is_one_line_of_json_each() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", FAILING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    said = [json.loads(line) for line in done.stderr.splitlines()]
    told = {
        each["event"] + " " + whose: each["level"]
        for each in said
        for whose in ("callback", "task", "thread", "finalizer", "warning", "library", "all")
        if f"the fault of a {whose}" in json.dumps(each) or f"the fault of {whose}" in json.dumps(each)
    }
    assert told == {
        "node.callback_failed callback": "error",
        "node.callback_failed task": "error",
        "node.thread_failed thread": "error",
        "node.finalizer_failed finalizer": "error",
        "library.log warning": "warning",
        "library.log library": "error",
        "node.died all": "critical",
    }
    assert len(said) == len(told)
    assert all("Traceback" in each["exception"] for each in said if each["event"].startswith("node."))
