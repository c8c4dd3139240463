"""Every message of RFC 4475 and RFC 5118 gets the verdict that the manifest states, datagram or stream."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from offhook.base.ids import SeededChance
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.error import SipError
from offhook.sip.event import Invited
from offhook.sip.framer import Broken, Framed, Framer
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from offhook.sip.transaction.matching import server_key
from offhook.sip.validation import check_request, check_response
from tests.support.sip_wire import Wire
from tests.torture.messages import MANIFEST, TortureMessage, named

LIMITS = Limits()
every_message = pytest.mark.parametrize("row", MANIFEST, ids=str)
every_accepted_message = pytest.mark.parametrize(
    "row", [row for row in MANIFEST if row.verdict == "accepted"], ids=str
)


def parsed(row: TortureMessage) -> Request | Response:
    message = parse_message(row.data, LIMITS)
    if isinstance(message, Response):
        check_response(message)
    else:
        check_request(message)
    return message


def request(name: str) -> Request:
    message = parsed(named(name))
    assert isinstance(message, Request)
    return message


def wire_after(row: TortureMessage) -> Wire:
    wire = Wire()
    wire.receive(row.data)
    return wire


def read(message: object, path: str) -> Any:
    for name in path.split("."):
        message = message[int(name)] if isinstance(message, tuple) else getattr(message, name)
    return listed(message)


def listed(value: Any) -> Any:
    """Values as TOML can say them."""
    if value is None:
        return "absent"
    return [listed(each) for each in value] if isinstance(value, tuple) else value


def test_the_manifest_holds_every_message_of_both_rfcs() -> None:
    sections = {(row.rfc, row.section) for row in MANIFEST}
    assert len([rfc for rfc, _ in sections if rfc == 4475]) == 49
    assert len([rfc for rfc, _ in sections if rfc == 5118]) == 10
    files = {f"{path.parent.name}_{path.stem}" for path in Path(__file__).parent.glob("rfc*/*.dat")}
    assert files == {str(row) for row in MANIFEST}
    assert len(files) == len(MANIFEST) == 61


def test_the_files_are_as_they_were_published() -> None:
    assert all(b"\r\n" in row.published for row in MANIFEST if row.rfc == 4475)
    assert not any(b"\r" in row.published for row in MANIFEST if row.rfc == 5118)
    assert {row.name for row in MANIFEST if row.rfc == 4475 and row.data != row.published} == {"baddn"}


@every_message
def test_the_user_agent_does_as_the_manifest_says(row: TortureMessage) -> None:
    wire = wire_after(row)
    assert wire.statuses() == ([] if row.answer is None else [row.answer])
    events = [type(event).__name__ for event in wire.events]
    # Beside the event of the row, a refused INVITE or REGISTER is told to the operator.
    if "RequestRefused" in events:
        assert row.answer is not None
        assert row.answer >= 400
        events.remove("RequestRefused")
    assert events == ([] if row.event is None else [row.event])


@every_message
def test_verdict_and_outcome_agree(row: TortureMessage) -> None:
    assert row.says
    assert row.why
    if row.verdict == "accepted":
        parsed(row)
        assert row.event != "BadMessage"
    elif row.verdict == "discarded":
        assert row.data.startswith(b"SIP/2.0 ")
        assert (row.event, row.answer) == ("BadMessage", None)
    else:
        assert row.verdict == "refused"
        assert row.refused_by or (row.answer or 0) >= 400


@every_accepted_message
def test_what_is_read_is_what_was_meant(row: TortureMessage) -> None:
    message = parsed(row)
    assert row.reads
    assert {path: read(message, path) for path in row.reads} == row.reads


@every_accepted_message
def test_what_is_printed_reads_the_same(row: TortureMessage) -> None:
    message = parsed(row)
    assert parse_message(message.to_bytes(), LIMITS) == message


@every_message
def test_nothing_is_left_behind(row: TortureMessage) -> None:
    wire = wire_after(row)
    for event in wire.told(Invited):
        event.session.close(wire.now)
    wire.poll()
    assert wire.settle(), wire.agent.describe()


@every_message
def test_cut_anywhere_it_is_taken_without_an_error_of_ours(row: TortureMessage) -> None:
    wire = Wire()
    for length in range(len(row.data)):
        wire.receive(row.data[:length])


@every_message
def test_a_stream_frames_it_or_breaks(row: TortureMessage) -> None:
    framer = Framer(LIMITS)
    frames: list[object] = []
    for byte in row.data:
        framer.handle_data(bytes([byte]))
        while (frame := framer.poll_frame()) is not None:
            frames.append(frame)
    if row.name in ("ncl", "mcl01", "inv2543"):
        assert [type(frame) for frame in frames] == [Broken]
    elif row.name == "clerr":
        assert frames == []  # the rest is still to come: how long is the transport's to bound
    else:
        assert isinstance(frames[0], Framed)
        assert row.data.startswith(frames[0].data)


@pytest.mark.parametrize("row", [row for row in MANIFEST if row.refused_by is not None], ids=str)
def test_the_registrar_cannot_read_what_it_must_refuse(row: TortureMessage) -> None:
    values = parsed(row).headers.get_list(row.refused_by or "")
    assert values
    for value in values:
        with pytest.raises(SipError):
            _ = NameAddr.parse(value).uri


def test_rfc4475_badbranch_two_requests_with_the_bare_cookie_are_two() -> None:
    first = named("badbranch").data
    second = first.replace(b"badbranch.", b"another.").replace(b"8 OPTIONS", b"9 OPTIONS")
    keys = [server_key(message) for message in requests((first, second))]
    assert keys[0] != keys[1]


def test_rfc4475_bext01_lists_what_a_user_agent_must_support() -> None:
    refused = wire_after(named("bext01")).last()
    assert refused.headers.get_list("Unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]


@pytest.mark.parametrize("name", ["badvers", "mismatch02", "unkscm", "insuf", "sdp01"])
def test_refusals_have_a_reason_phrase(name: str) -> None:
    assert wire_after(named(name)).last().reason


def test_rfc4475_inv2543_is_called_back_at_its_from() -> None:
    session = wire_after(named("inv2543")).told(Invited)[0].session
    assert session.dialog.remote_target.user == "+13035551111"


def test_rfc4475_invut_says_what_is_accepted() -> None:
    assert wire_after(named("invut")).last().headers.get_list("Accept")


def test_rfc4475_regaut01_is_as_good_as_no_authorization() -> None:
    gate = DigestGate(DigestSettings("example.com"), SeededChance(1))
    assert gate.choose(request("regaut01").headers.get_all("Authorization")) is None


def test_rfc4475_badvers_and_badinv01_are_answered_on_what_is_readable_of_their_via() -> None:
    via = wire_after(named("badvers")).last().via
    assert (via.host, via.branch) == ("c.example.com", "z9hG4bKkdjuw")
    assert wire_after(named("badinv01")).last().via.host == "192.0.2.15"


def test_rfc4475_escnull_has_two_contacts_that_differ() -> None:
    contacts = [NameAddr.parse(value).uri for value in request("escnull").headers.get_list("Contact")]
    assert [contact.username for contact in contacts] == ["\0", "\0\0"]
    assert not contacts[0].matches(contacts[1])


def test_rfc4475_mpart01_keeps_every_byte_of_its_body() -> None:
    body = request("mpart01").body
    assert len(body) == 553
    assert named("mpart01").published.endswith(body)


def test_rfc4475_transports_keeps_every_via() -> None:
    vias = request("transports").headers.get_list("Via")
    assert [re.split(r"[/ ]", via)[2] for via in vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def requests(datagrams: Iterable[bytes]) -> list[Request]:
    return [message for data in datagrams if isinstance(message := parse_message(data, LIMITS), Request)]
