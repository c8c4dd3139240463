"""The clock of a virtual-time loop: both its times move with the loop's."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


class LoopClock:
    """`base.clock.Clock` over the running loop."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def utc_now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())
