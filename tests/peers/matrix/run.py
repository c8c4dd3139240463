"""Runs the lines of the matrix at once against one node."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.peers.matrix.cells import Act, Line, Peer, Transport, lines, obstacle
from tests.peers.matrix.line import FAILURES, Desk, Outcomes, Phone, failure, go_through
from tests.peers.matrix.scenarios import play_through
from tests.support.application import running_application
from tests.support.baresip import registered_baresip
from tests.support.linphone import registered_linphone
from tests.support.node import Node
from tests.support.office import Login
from tests.support.sbc import running_sbc

CA_FILE: Final = Path(__file__).resolve().parents[2] / "support" / "tls" / "ca.pem"
"""Who vouches for the SBC: the node is to trust it."""
AT_ONCE: Final = 4
"""Lines: each has a phone of its own, and most of it is waiting."""


def run(node: Node, folder: Path, which: Iterable[Line] | None = None) -> dict[Line, Outcomes]:
    """What became of each cell."""
    wanted = list(lines() if which is None else which)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(lambda line: _outcomes(line, node, folder), wanted), strict=True))


def _outcomes(line: Line, node: Node, folder: Path) -> Outcomes:
    cannot = {act: obstacle(line, act) for act in Act}
    if all(cannot.values()):
        return cannot
    try:
        with running_application({}) as application:
            desk = Desk(node, line, application)
            if line.peer is Peer.SIPP:
                return play_through(desk, folder / line.name)
            with _registered(line, desk, folder / line.name) as phone:
                return go_through(phone, desk)
    except FAILURES as error:
        return {act: cannot[act] or failure(error) for act in Act}


@contextmanager
def _registered(line: Line, desk: Desk, folder: Path) -> Iterator[Phone]:
    node, is_tls = desk.node, line.transport is Transport.TLS
    login = Login(
        line.name,
        node.sips_port if is_tls else node.sip_port,
        line.transport.lower(),
        node.ca_file if is_tls else None,
        srtp=line.is_secure,
        srtp_suite=line.media.suite,
        domain=desk.domain,
    )
    match line.peer:
        case Peer.BARESIP:
            with registered_baresip(folder, login) as phone:
                yield phone
        case Peer.LINPHONE:
            with registered_linphone(folder, login) as phone:
                yield phone
        case Peer.KAMAILIO:
            uri = f"sip:127.0.0.1:{login.sip_port};transport={login.transport}"
            with running_sbc(folder / "sbc", node=uri, ca_file=node.ca_file) as sbc:
                behind = replace(login, sip_port=sbc.port, transport="udp", ca_file=None)
                with registered_linphone(folder, behind) as phone:
                    yield phone
        case _:
            raise AssertionError(line.peer)
