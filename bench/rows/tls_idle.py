"""Row `tls-idle`: what 10,000 phones, each registered on a connection of its own, cost while nothing happens.

A thousand users with ten phones each register over TLS and stay silent; then the node's memory is read, and
its CPU over twenty seconds. The limit: OpenSSL in C with as many idle connections, an echo in place of SIP.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from bench.node import DOMAIN, running_node
from bench.process import Program
from bench.row import Figures, Measure, Row, Sides, Target
from bench.rows.tls import KIB_EACH, NO_APPLICATION, PASSWORD, PHONES, WARM_UP, held, make_users, running_echo
from bench.system_packages import require_bench_packages

PHONES_EACH: Final = 10
"""As many as a user may have."""
REST_S: Final = 20.0
"""Long enough for the timers of a node, which look around every five seconds."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Each round has servers of its own, as in `tls`."""
    require_bench_packages()
    yield Sides(_ours, _limit)


def _ours() -> Figures:
    with running_node(NO_APPLICATION) as node:
        make_users(node)
        return _figures(node.program, node.sips_port, ("ping",), ("register", DOMAIN, PASSWORD))


def _limit() -> Figures:
    with running_echo() as (echo, port):
        return _figures(echo, port, ("echo",), ("echo",))


def _figures(server: Program, port: int, said: tuple[str, ...], idle: tuple[str, ...]) -> Figures:
    with held(port, WARM_UP, *said):
        before_kib = server.memory_kib()
        with ExitStack() as phones:
            for _ in range(PHONES_EACH):
                phones.enter_context(held(port, PHONES, *idle))
            count = PHONES * PHONES_EACH
            total_kib = server.memory_kib() - before_kib
            before_s = server.cpu_s()
            time.sleep(REST_S)
            at_rest = (server.cpu_s() - before_s) / REST_S * 100
    return Figures((total_kib / count, at_rest), f"{total_kib / 1024:.0f} MiB in all")


TLS_IDLE: Final = Row(
    name="tls-idle",
    subject=f"{PHONES * PHONES_EACH:,} phones registered over TLS 1.3, silent",
    limit="OpenSSL in C, an echo and no SIP",
    measures=(
        Measure("memory of an idle connection", "KiB", Target(times=0, plus=KIB_EACH)),
        Measure("CPU at rest", "% of a core"),
    ),
    open=_open,
)
"""Memory and CPU of phones that do nothing."""
