"""The lines of SIPp: its scenarios are what the others' phones do by hand.

It presses keys by their tones, having no telephone-event of its own, and is called at its address, since
it registers nowhere. What it hears it does not keep.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.peers.matrix.cells import Act
from tests.peers.matrix.line import FAILURES, Desk, Outcomes, Results, failure
from tests.support.odd_phone import OddPhone
from tests.support.office import PASSWORD
from tests.support.sdk import sdk_client
from tests.support.sipp import answering, play
from tests.support.sound import RATE_HZ, key_tones, mu_law

LEAD: Final = bytes(2 * RATE_HZ // 2)
"""Half a second of silence before a key: by then the node listens."""


def play_through(desk: Desk, folder: Path) -> Outcomes:
    """Every cell."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, key in (("seven", "7"), ("eight", "8")):
        (folder / f"{name}.ul").write_bytes(mu_law(LEAD + key_tones(key) + LEAD))
    results = Results(desk.line)
    _calls(desk, folder, results)
    with results.of(Act.OUT):
        _is_called(desk, folder)
    with results.of(Act.REFER):
        _transfers(desk, folder)
        _is_transferred(desk, folder)
    return results.outcomes


def _calls(desk: Desk, folder: Path, results: Results) -> None:
    desk.application.documents["/voice"] = desk.application.documents["/menu"]
    try:
        _play(desk, folder, "caller_holds")
    except FAILURES as error:
        results.outcomes |= dict.fromkeys((Act.IN, Act.HOLD, Act.DTMF), failure(error))
        return
    with results.of(Act.IN):
        assert desk.asked("/voice")["SipUsername"] == desk.line.name
    with results.of(Act.DTMF):
        assert desk.asked("/key")["Digits"] == "7"
    with results.of(Act.HOLD):
        assert desk.asked("/back")["Digits"] == "8"


def _is_called(desk: Desk, folder: Path) -> None:
    transport = desk.line.transport.lower()
    with answering("callee_answers", folder / "callee", transport=transport) as port:
        sdk_client(desk.node).calls.create(
            to=f"sip:sipp@127.0.0.1:{port};transport={transport}",
            from_=f"sip:desk@{desk.domain}",
            twiml="<Response><Pause length='1'/></Response>",
        )


def _transfers(desk: Desk, folder: Path) -> None:
    with OddPhone(desk.node.sip_port) as other, other.answering_in_the_background():
        desk.put_through_to(other)
        _play(desk, folder, "caller_transfers")
    desk.asked("/voice")
    assert f"sip:elsewhere@{desk.domain}" in desk.asked("/refer")["ReferTransferTarget"]
    desk.asked("/done")


def _is_transferred(desk: Desk, folder: Path) -> None:
    desk.refers()
    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(_play, desk, folder, "caller_is_transferred")
        desk.let_refer()
        playing.result()
    assert desk.asked("/done")["NotifySipResponseCode"] == "200"


def _play(desk: Desk, folder: Path, scenario: str) -> None:
    play(
        scenario,
        desk.node.sip_port,
        folder,
        domain=desk.domain,
        transport=desk.line.transport.lower(),
        user=desk.line.name,
        password=PASSWORD,
    )
