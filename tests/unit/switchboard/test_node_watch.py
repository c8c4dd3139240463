"""What one node says while it cannot look after the others."""

import asyncio
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import structlog

from offhook.store.ports import StoreBusyError
from offhook.switchboard.node_watch import EVERY_S, NodeWatch
from tests.support.virtual_time import run


def test_that_it_cannot_take_over_is_logged_once_until_the_reason_changes_or_is_gone() -> None:
    said = ["gone", "gone", "full", "full", None, "gone"]

    async def bury() -> dict[str, datetime]:
        reason = said.pop(0)
        if reason is not None:
            raise StoreBusyError(reason)
        return {}

    async def scenario() -> list[str]:
        nothing: Any = None
        sign: Any = SimpleNamespace(bury=bury)
        watch = NodeWatch(nothing, sign, nothing, nothing, base_url=lambda: "")
        with structlog.testing.capture_logs() as logs:
            watching = asyncio.create_task(watch.watch())
            await asyncio.sleep(EVERY_S * 6.5)
            watching.cancel()
        assert not said
        return [each["error"] for each in logs if each["event"] == "node.take_over_failed"]

    assert run(scenario()) == ["gone", "full", "gone"]
