"""Processes of a measurement: started on their core, read by their CPU clock, ended by their handle."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final

from bench.row import BenchError

ROOT: Final = Path(__file__).resolve().parents[1]
READY_LIMIT_S: Final = 60.0
END_LIMIT_S: Final = 10.0
RUN_LIMIT_S: Final = 120.0

CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORE: Final = CORES[0]
DRIVER_CORE: Final = CORES[-1]
"""The same one on a machine with a single core, where the figures say less."""


def python(module: str, *arguments: str) -> list[str]:
    """The command line of one of `programs/`."""
    return [sys.executable, "-m", f"bench.programs.{module}", *arguments]


def pinned(core: int, command: Sequence[str | Path]) -> list[str]:
    """The same command on one core; its process is the command's, since taskset becomes it."""
    return ["taskset", "--cpu-list", str(core), *map(str, command)]


def _may_go_first() -> bool:
    """Whether the system lets us run at a real-time priority."""
    tried = subprocess.run([*AHEAD, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return tried.returncode == 0


AHEAD: Final = ("chrt", "--rr", "10")
GOES_FIRST: Final = _may_go_first()
"""Whether programs that are to go first do: what else runs on the machine delays them no more then."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program that speaks in lines on standard output."""

    process: "subprocess.Popen[str]"
    stdin: IO[str]
    stdout: IO[str]

    def line(self) -> str:
        """Its next line, without the line end. Raises: BenchError when it ends or stays silent."""
        guard = Timer(READY_LIMIT_S, self.process.kill)
        guard.start()
        try:
            line = self.stdout.readline()
        finally:
            guard.cancel()
        if not line:
            raise BenchError(f"{self.process.args!r} ended or kept silent for {READY_LIMIT_S:g} s")
        return line.rstrip("\n")

    def answer(self) -> Any:
        """Its next line, read as JSON. Raises: BenchError as `line` does and when it is none."""
        line = self.line()
        try:
            return json.loads(line)
        except json.JSONDecodeError as error:
            raise BenchError(f"{self.process.args!r} said {line[:200]!r}") from error

    def tell(self, line: str) -> None:
        """Write a line to its standard input. Raises: BenchError when it has ended."""
        try:
            self.stdin.write(f"{line}\n")
            self.stdin.flush()
        except BrokenPipeError as error:
            raise BenchError(f"{self.process.args!r} has ended") from error

    def memory_kib(self) -> float:
        """Its anonymous memory: what it allocated, without the files that it shares with others.

        Raises: BenchError when it has ended.
        """
        try:
            rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        except OSError as error:
            raise BenchError(f"{self.process.args!r} has ended") from error
        return next(float(line.split()[1]) for line in rollup.splitlines() if line.startswith("Anonymous:"))

    def cpu_s(self) -> float:
        """CPU seconds that it and its children have used so far."""
        return sum(_cpu_s(pid) for pid in _family(self.process.pid))


@contextmanager
def running(
    core: int,
    command: Sequence[str | Path],
    *,
    settings: dict[str, str] | None = None,
    log: Path | None = None,
    goes_first: bool = False,
) -> Iterator[Program]:
    """Run a program beside us; it is ended on the way out.

    settings: further environment variables. log: gets its standard error; None is ours. goes_first: before
    all that is not of real time, where `GOES_FIRST`: for rows whose figure is a delay.
    """
    with (log or Path(os.devnull)).open("a") as errors:
        process = subprocess.Popen(
            pinned(core, [*AHEAD, *command] if goes_first and GOES_FIRST else command),
            cwd=ROOT,
            env={**os.environ, **(settings or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors if log is not None else None,
            text=True,
        )
    try:
        if process.stdin is None or process.stdout is None:
            raise BenchError("a program without pipes")
        yield Program(process, process.stdin, process.stdout)
    finally:
        _end(process)


def stolen_cpu_s() -> float:
    """Seconds, of both our cores together, for which the host of a virtual machine ran others instead."""
    lines = Path("/proc/stat").read_text().splitlines()
    ours = {f"cpu{core}" for core in (SERVER_CORE, DRIVER_CORE)}
    ticks = sum(int(line.split()[8]) for line in lines if line.partition(" ")[0] in ours)
    return ticks / os.sysconf("SC_CLK_TCK")


def run(core: int, command: Sequence[str | Path], *, folder: Path = ROOT) -> str:
    """Run a program to its end and return what it printed. Raises: BenchError with its last words."""
    try:
        result = subprocess.run(
            pinned(core, command),
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{command[0]} did not end within {RUN_LIMIT_S:g} s") from error
    if result.returncode != 0:
        words = (result.stdout + result.stderr)[-2000:]
        raise BenchError(f"{command[0]} ended with {result.returncode}:\n{words}")
    return result.stdout


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _cpu_s(pid: int) -> float:
    """The process's own CPU clock, in nanoseconds, ended threads included (clock_getcpuclockid(3))."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # a child that ended since it was listed


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended since it was listed
        children.setdefault(parent, []).append(int(stat.parent.name))
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family
