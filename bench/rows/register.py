"""Row `register`: what a registration costs the node: REGISTER, 407, REGISTER with digest, 200.

A closed loop with a window of 50 against `offhook serve`, and the same against Kamailio with its bindings in
memory and one worker. The node does more: it looks its users up (Kamailio has one password for all), counts
attempts, and writes each binding behind into its database.

A transaction over UDP ends 32 s after its answer (RFC 3261 §17.2.2, Timer J), which costs CPU too: the
node's figure is read after that, and so does not disturb Kamailio's round.
"""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from bench.api import Api
from bench.c_program import c_program
from bench.kamailio import running_kamailio
from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, Program, run
from bench.row import BenchError, Figures, Measure, Row, Sides, Target
from bench.system_packages import require_bench_packages

WINDOW: Final = 50
USERS: Final = 2_000
REGISTRATIONS: Final = 10_000
WARM_UP: Final = USERS
"""Each user once: what the node reads about them is in memory then, as it is a minute after any start."""
LIST_SIZE: Final = 1_000
"""Users that a credential list may have."""
PASSWORD: Final = "Bench-of-2026"  # noqa: S105 - of users that live as long as the row
SETTLE_S: Final = 33.0
"""Timer J and a bit; the idle node uses less than a thousandth of its core meanwhile."""
NO_APPLICATION: Final = "http://127.0.0.1:9/voice"
"""Nobody calls."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Both registrars, up for all rounds, every user registered once."""
    require_bench_packages()
    with running_node(NO_APPLICATION) as node, running_kamailio(PASSWORD) as (kamailio, kamailio_port):
        _make_users(node)
        for port in (node.sip_port, kamailio_port):
            _register(port, WARM_UP)
        yield Sides(
            lambda: _figures(node.program, node.sip_port, SETTLE_S), lambda: _figures(kamailio, kamailio_port)
        )


def _make_users(node: Node) -> None:
    """The users, in as many lists as they need, all of them mapped to the Domain for registrations."""
    with closing(Api(node)) as api:
        domain = f"SIP/Domains/{api.get('SIP/Domains')['domains'][0]['sid']}"
        api.post(domain, SipRegistration="true")
        for first in range(0, USERS, LIST_SIZE):
            listed = api.post("SIP/CredentialLists", FriendlyName=f"from {first}")["sid"]
            users = f"SIP/CredentialLists/{listed}/Credentials"
            for number in range(first, min(first + LIST_SIZE, USERS)):
                api.post(users, Username=f"u{number:06}", Password=PASSWORD)
            api.post(f"{domain}/Auth/Registrations/CredentialListMappings", CredentialListSid=listed)


def _figures(server: Program, port: int, settle_s: float = 0.0) -> Figures:
    before_s = server.cpu_s()
    counted = _register(port, REGISTRATIONS)
    time.sleep(settle_s)
    used_s = server.cpu_s() - before_s
    per_second = counted["registered"] / counted["seconds"]
    return Figures(
        (used_s / counted["registered"] * 1e6,),
        f"{per_second:.0f} registrations/s on the clock, {counted['retransmissions']} retransmissions",
    )


def _register(port: int, count: int) -> dict[str, Any]:
    loop = map(str, (port, DOMAIN, PASSWORD, USERS, count, WINDOW))
    counted: dict[str, Any] = json.loads(run(DRIVER_CORE, [c_program("registrations", "crypto"), *loop]))
    if counted["refused"]:
        raise BenchError(f"{counted['refused']} of {count} registrations were refused")
    return counted


REGISTER: Final = Row(
    name="register",
    subject=f"REGISTER, 407, REGISTER with digest, 200; {WINDOW} at a time, {USERS:,} users",
    limit="Kamailio, bindings in memory, one worker",
    measures=(Measure("CPU per registration", "µs", Target(times=4.0)),),
    open=_open,
)
"""CPU of the node for one registration."""
