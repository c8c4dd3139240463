"""offhook.waiting.child_process: programs beside the loop, on uvloop and on asyncio's own."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from offhook.waiting.child_process import ChildProcess, Output

Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    def in_time(work: Awaitable[Any]) -> Any:
        async def limited() -> Any:
            result = await asyncio.wait_for(work, 30)
            await asyncio.sleep(0.01)  # transports say goodbye in the next turn
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return result

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(limited())

    return in_time


async def python(code: str, output: Output = Output.STDOUT) -> ChildProcess:
    return await ChildProcess.start(sys.executable, "-c", code, output=output)


async def send_on(child: ChildProcess) -> None:
    """Until it is noticed that nobody reads."""
    for _ in range(100):
        await child.send(b"x")
        await asyncio.sleep(0.01)


def test_what_it_is_given_comes_back(run: Run) -> None:
    async def work() -> tuple[bytes, int]:
        child = await ChildProcess.start("cat")
        said = await child.finish(b"hello" * 100_000)
        return said, await child.wait()

    assert run(work()) == (b"hello" * 100_000, 0)


def test_its_status_is_told_after_all_that_it_printed(run: Run) -> None:
    async def work() -> tuple[bytes, int]:
        child = await python("print('said'); raise SystemExit(7)")
        return await child.finish(), await child.wait()

    assert run(work()) == (b"said\n", 7)


def test_one_that_ends_without_reading_is_no_error(run: Run) -> None:
    async def work() -> list[int]:
        statuses = []
        for _ in range(20):
            child = await ChildProcess.start("true")
            await child.finish(b"x" * 200_000)
            statuses.append(await child.wait())
        return statuses

    assert run(work()) == [0] * 20


def test_sending_to_one_that_has_ended_is_a_broken_pipe(run: Run) -> None:
    async def work() -> None:
        child = await ChildProcess.start("true")
        await child.wait()
        with pytest.raises(ConnectionError):
            await send_on(child)
        await child.end()

    run(work())


def test_it_is_talked_with_line_by_line(run: Run) -> None:
    async def work() -> list[bytes]:
        child = await ChildProcess.start("cat")
        said = []
        for line in (b"one\n", b"two\n"):
            await child.send(line)
            said.append(await child.output.readline())
        await child.end()
        await child.end()
        assert await child.wait() == -signal.SIGKILL
        return said

    assert run(work()) == [b"one\n", b"two\n"]


def test_killing_one_that_ends_by_itself_leaves_its_status(run: Run) -> None:
    async def work() -> int:
        child = await python("raise SystemExit(7)")
        time.sleep(0.3)  # noqa: ASYNC251 - it ends meanwhile, and the loop does not learn of it
        child.kill()
        child.kill()
        await child.finish()
        return await child.wait()

    assert run(work()) == 7


@pytest.mark.parametrize(
    ("output", "heard"),
    [(Output.STDOUT, b"out"), (Output.STDOUT_ALONE, b"out"), (Output.STDERR_ALONE, b"err")],
)
def test_one_of_its_outputs_is_read(run: Run, output: Output, heard: bytes) -> None:
    async def work() -> bytes:
        child = await python("import sys; sys.stdout.write('out'); sys.stderr.write('err')", output)
        return await child.finish()

    assert run(work()) == heard


def test_cancelling_ends_it(run: Run) -> None:
    async def work() -> int:
        child = await ChildProcess.start("sleep", "60")
        finishing = asyncio.create_task(child.finish())
        await asyncio.sleep(0.05)
        finishing.cancel()
        await asyncio.wait([finishing])
        return await child.wait()

    assert run(work()) == -signal.SIGKILL


def test_what_is_no_program_cannot_be_started(run: Run) -> None:
    async def work() -> None:
        with pytest.raises(FileNotFoundError):
            await ChildProcess.start("/nowhere/offhook-engine")

    run(work())


def test_no_python_runs_in_the_child_before_the_program_does(run: Run) -> None:
    """What uvloop's own does waits for ever where another thread held a lock when it forked."""
    forks: list[int] = []
    os.register_at_fork(before=lambda: forks.append(1))

    async def work() -> None:
        await (await ChildProcess.start("true")).finish()

    run(work())
    assert forks == []
