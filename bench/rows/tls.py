"""Row `tls`: what a TLS handshake costs the node, and what an idle connection with its registration holds.

Ours: a handshake and a keepalive (two line ends, answered by one), one connection after the other; then
phones that register over TLS, each on its own connection, and stay. The limit: OpenSSL in C, with an echo in
place of SIP. Both show a P-256 certificate, and speak TLS 1.3; the node gives no session tickets to phones,
OpenSSL two. All go before what is not of real time, where the system lets them.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from bench.api import Api
from bench.c_program import c_program
from bench.certificate import certificate_with_key
from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import Figures, Measure, Row, Sides, Target
from bench.system_packages import require_bench_packages

HANDSHAKES: Final = 500
PHONES: Final = 1_000
"""As many as a credential list may have; each registers as a user of its own."""
WARM_UP: Final = 100
PASSWORD: Final = "Bench-of-2026"  # noqa: S105 - of users that live as long as the row
KIB_EACH: Final = 32.0
"""reference/performance 8, row 15: flow and registration included."""
NO_APPLICATION: Final = "http://127.0.0.1:9/voice"
"""Nobody calls."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Each round has servers of its own: memory that an earlier one gave back would be taken again unseen."""
    require_bench_packages()
    yield Sides(_ours, _limit)


def _ours() -> Figures:
    with running_node(NO_APPLICATION, goes_first=True) as node:
        make_users(node)
        return _figures(node.program, node.sips_port, ("ping",), ("register", DOMAIN, PASSWORD))


def _limit() -> Figures:
    with running_echo() as (echo, port):
        return _figures(echo, port, ("echo",), ("echo",))


@contextmanager
def running_echo() -> Iterator[tuple[Program, int]]:
    """The limit, with a certificate of its own."""
    with (
        certificate_with_key() as (certificate, key),
        running(
            SERVER_CORE, [c_program("tls_echo", "ssl", "crypto"), certificate, key], goes_first=True
        ) as program,
    ):
        yield program, int(program.line())


def make_users(node: Node) -> None:
    """Have the Domain take registrations, of as many users as a credential list may have."""
    with closing(Api(node)) as api:
        domain = f"SIP/Domains/{api.get('SIP/Domains')['domains'][0]['sid']}"
        api.post(domain, SipRegistration="true")
        listed = api.post("SIP/CredentialLists", FriendlyName="phones")["sid"]
        for number in range(PHONES):
            users = f"SIP/CredentialLists/{listed}/Credentials"
            api.post(users, Username=f"u{number:06}", Password=PASSWORD)
        api.post(f"{domain}/Auth/Registrations/CredentialListMappings", CredentialListSid=listed)


@contextmanager
def held(port: int, count: int, what: str, *more: str) -> Iterator[None]:
    """So many connections, which have been answered by then."""
    arguments = python("tls_callers", str(port), what, str(count), *more)
    with running(DRIVER_CORE, arguments, goes_first=True) as callers:
        callers.answer()
        yield


def _figures(server: Program, port: int, said: tuple[str, ...], idle: tuple[str, ...]) -> Figures:
    with held(port, WARM_UP, *said):
        before_s = server.cpu_s()
        with held(port, HANDSHAKES, *said):
            handshake_ms = (server.cpu_s() - before_s) / HANDSHAKES * 1e3
            before_kib = server.memory_kib()
            with held(port, PHONES, *idle):
                idle_kib = (server.memory_kib() - before_kib) / PHONES
    return Figures((handshake_ms, idle_kib))


TLS: Final = Row(
    name="tls",
    subject=f"TLS 1.3, P-256: {HANDSHAKES} handshakes with a keepalive; {PHONES:,} idle registered phones",
    limit="OpenSSL in C, an echo and no SIP",
    measures=(
        Measure("CPU per handshake", "ms", Target(times=1.4)),
        Measure("memory of an idle connection", "KiB", Target(times=0, plus=KIB_EACH)),
    ),
    open=_open,
)
"""CPU of handshakes and memory of connections."""
