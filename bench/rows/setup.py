"""Row `setup`: how long a caller waits from INVITE to 200, with the application's answer in between.

The clock is the caller's. Beside it the bare user agent, which asks the same application by aiohttp before
its 200 and does nothing else.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from bench.node import DOMAIN, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, python, run, running
from bench.row import BenchError, Figures, Measure, Row, Sides

RATE: Final = 50
"""Calls a second: no core is near its end, and calls seldom meet."""
CALLS: Final = 400
WARM_UP_CALLS: Final = 100


@contextmanager
def _open() -> Iterator[Sides]:
    """Both servers and the application, up for all rounds."""
    with running(DRIVER_CORE, python("web_application")) as application:
        hold_url = f"http://127.0.0.1:{int(application.line())}/hold"
        with (
            running(SERVER_CORE, python("bare_user_agent", hold_url)) as bare,
            running_node(hold_url) as node,
        ):
            bare_port = int(bare.line())
            for port in (node.sip_port, bare_port):
                _answer_ms(port, WARM_UP_CALLS)
            yield Sides(lambda: _figures(node.sip_port), lambda: _figures(bare_port))


def _figures(port: int) -> Figures:
    took_ms = _answer_ms(port, CALLS)
    return Figures((at_share(took_ms, 0.5), at_share(took_ms, 0.99)), f"worst {max(took_ms):.1f} ms")


def _answer_ms(port: int, count: int) -> list[float]:
    command = python("sip_callers", str(port), DOMAIN, str(RATE), str(count))
    said: dict[str, Any] = json.loads(run(DRIVER_CORE, command))
    if said["failed"]:
        raise BenchError(f"{said['failed']} of {count} calls were not answered")
    took_ms: list[float] = said["answer_ms"]
    return took_ms


def at_share(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of them does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -int(-len(ranked) * share // 1) - 1)]


SETUP: Final = Row(
    name="setup",
    subject=f"INVITE to 200 with a webhook between, {RATE} calls/s, the caller's clock",
    limit="bare user agent that asks the application by aiohttp",
    measures=(Measure("p50 of INVITE to 200", "ms"), Measure("p99 of INVITE to 200", "ms")),
    open=_open,
)
"""What a caller waits until the call is answered."""
