"""offhook.base.process_handle: killing is no waiting."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from offhook.base.process_handle import ProcessHandle


async def started(code: str) -> tuple[Process, ProcessHandle]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE)
    return process, ProcessHandle(process.pid)


def test_a_running_process_is_ended() -> None:
    async def run() -> int:
        process, handle = await started("input()")
        handle.kill()
        handle.kill()
        return await process.wait()

    assert asyncio.run(run()) == -signal.SIGKILL


def test_one_that_ends_by_itself_keeps_its_status(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> int:
        process, handle = await started("raise SystemExit(7)")
        assert process.stdin is not None
        await process.wait()
        handle.kill()
        return await process.wait()

    assert asyncio.run(run()) == 7
    assert caplog.records == []
