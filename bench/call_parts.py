"""What a call cannot do without, bare: the sum that rows `call` and `ivr` are held against."""

import json
from dataclasses import dataclass
from typing import Any

from bench.node import DOMAIN
from bench.process import SERVER_CORE, Program, python, run
from bench.sipp import place_calls


@dataclass(frozen=True, slots=True)
class CallParts:
    """CPU of each part, in µs per call."""

    user_agent_us: float
    """One split and one dict a message, under the row's own calls."""
    webhook_us: float
    """Posted and answered by aiohttp."""
    document_us: float
    """Read by ElementTree."""
    record_us: float
    """Inserted and updated in SQLite."""

    @property
    def sum_us(self) -> float:
        """All of them."""
        return self.user_agent_us + self.webhook_us + self.document_us + self.record_us

    @property
    def words(self) -> str:
        """For a remark."""
        return (
            f"user agent {self.user_agent_us:.0f} + webhook {self.webhook_us:.0f} "
            f"+ TwiML {self.document_us:.0f} + record {self.record_us:.0f} µs"
        )


def bare_parts(user_agent: Program, port: int, voice_url: str, *, rate: int, count: int) -> CallParts:
    """Measure them now. rate, count: of the row's calls. Raises: BenchError."""
    user_agent_us = per_call_us(user_agent, port, rate=rate, count=count)
    parts: dict[str, Any] = json.loads(run(SERVER_CORE, python("bare_call_parts", voice_url)))
    return CallParts(user_agent_us, parts["webhook_us"], parts["document_us"], parts["record_us"])


def per_call_us(server: Program, port: int, *, rate: int, count: int) -> float:
    """CPU of a server for each of so many calls that hang up at once. Raises: BenchError."""
    before_s = server.cpu_s()
    place_calls(port, DOMAIN, rate=rate, count=count)
    return (server.cpu_s() - before_s) / count * 1e6
