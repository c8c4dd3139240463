"""Programs of a measurement: spoken to in lines, read by their own clock, ended by their handle."""

import os
import sys
from pathlib import Path

import pytest
from bench.process import SERVER_CORE, run, running
from bench.row import BenchError

ECHO = [
    sys.executable,
    "-c",
    "import os, sys\nfor line in sys.stdin: print(len(os.sched_getaffinity(0)), line, end='', flush=True)",
]


def test_a_program_answers_on_its_core_until_it_is_ended() -> None:
    with running(SERVER_CORE, ECHO) as program:
        program.tell("hello")
        assert program.line() == "1 hello"
        assert 0 < program.cpu_s() < 10
        assert program.process.poll() is None
    assert program.process.poll() is not None


def test_its_memory_grows_with_what_it_holds() -> None:
    ten_megabytes = "held.append(bytes(range(256)) * 40_000); print(1, flush=True)"
    hold = f"import sys\nheld = []\nfor line in sys.stdin: {ten_megabytes}"
    with running(SERVER_CORE, [sys.executable, "-c", hold]) as program:
        program.tell("once")
        program.line()
        before_kib = program.memory_kib()
        program.tell("again")
        program.line()
        assert program.memory_kib() - before_kib == pytest.approx(10_000, rel=0.1)
        program.process.kill()
        program.process.wait(10)
        with pytest.raises(BenchError, match="ended"):
            program.memory_kib()


def test_the_cpu_of_children_counts() -> None:
    spin = "while os.times().user < 0.05: pass"
    child = f"import os\n{spin}\nprint('done', flush=True)\ninput()"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    with running(SERVER_CORE, [sys.executable, "-c", parent]) as program:
        assert program.line() == "done"
        assert program.cpu_s() >= 0.05
        program.tell("end")
        program.process.wait(10)


def test_a_program_that_ends_or_says_no_json_is_an_error() -> None:
    with running(SERVER_CORE, ["echo", "no json"]) as program:
        with pytest.raises(BenchError, match="no json"):
            program.answer()
        with pytest.raises(BenchError, match="ended or kept silent"):
            program.line()


def test_what_a_failed_program_said_is_in_the_error() -> None:
    with pytest.raises(BenchError, match="ended with 3:\nalas"):
        run(SERVER_CORE, ["sh", "-c", "echo alas >&2; exit 3"])


def test_a_program_logs_where_it_is_told_and_gets_its_settings(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "echo $SETTING >&2; echo ready"]
    with running(SERVER_CORE, command, settings={"SETTING": "on"}, log=log) as program:
        assert program.line() == "ready"
    assert log.read_text() == "on\n"
    assert "SETTING" not in os.environ
