"""Which certificate a peer is shown, and when it becomes another."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offhook.tls.node_tls import EXACT_KEPT, LOOK_EVERY_S, NodeTls
from offhook.tls.settings import ClientCertificates, Settings
from offhook.tls.suites import SUITES
from tests.support.certificates import TurnedClock, names_shown, node_tls, operator_pem

OFF, OPTIONAL, REQUIRED = ClientCertificates
OWN = ["sip.test", "*.sip.test", "localhost"]
A_LOOK = timedelta(seconds=LOOK_EVERY_S)


def trusting(node: NodeTls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=node.root_pem)
    return context


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", OWN),
        ("sip.test", OWN),
        ("localhost", OWN),
        ("elsewhere.example", OWN),
        ("bad_name.sip.test", OWN),
        ("acme.sip.test", ["acme.sip.test", *OWN]),
        ("ACME.sip.test", ["acme.sip.test", *OWN]),
        ("acme.sip.us1.sip.test", ["acme.sip.us1.sip.test", *OWN]),
    ],
)
def test_a_peer_that_asks_for_a_name_below_a_suffix_gets_one_that_names_it_exactly(
    tmp_path: Path, asked: str, shown: list[str]
) -> None:
    node = node_tls(tmp_path)
    assert names_shown(node.server(), trusting(node), asked) == shown


def test_names_that_are_asked_for_do_not_fill_memory(tmp_path: Path) -> None:
    node = node_tls(tmp_path)
    for number in range(EXACT_KEPT + 5):
        names_shown(node.server(), trusting(node), f"n{number}.sip.test")
    assert len(node._exact) == EXACT_KEPT
    assert names_shown(node.server(), trusting(node), "n0.sip.test")[0] == "n0.sip.test"


def test_the_certificates_of_the_node_are_issued_anew_before_they_end(tmp_path: Path) -> None:
    clock = TurnedClock(datetime.now(UTC) - timedelta(days=61))
    node = NodeTls(Settings(tmp_path, ("sip.test",)), clock)
    first = node.server()
    clock.turn(timedelta(days=59))
    assert node.server() is first
    clock.turn(timedelta(days=2))
    assert node.server() is not first
    assert names_shown(node.server(), trusting(node), "") == OWN


def test_the_operators_certificates_stand_instead_and_sni_chooses_among_them(tmp_path: Path) -> None:
    ca, pem = tmp_path / "ca", tmp_path / "both.pem"
    operator_pem(ca, tmp_path / "one.pem", "voice.example", key=0)
    operator_pem(ca, tmp_path / "two.pem", "*.example.org", key=1)
    pem.write_bytes((tmp_path / "one.pem").read_bytes() + (tmp_path / "two.pem").read_bytes())
    clock = TurnedClock(datetime.now(UTC))
    node = NodeTls(Settings(ca, ("sip.test",), certificate=pem), clock)
    assert names_shown(node.server(), trusting(node), "voice.example") == ["voice.example"]
    assert names_shown(node.server(), trusting(node), "pbx.example.org") == ["*.example.org"]
    assert names_shown(node.server(), trusting(node), "acme.sip.test") in (
        ["voice.example"],
        ["*.example.org"],
    )


def test_a_certificate_that_changes_is_read_again_without_a_restart(tmp_path: Path) -> None:
    ca, pem = tmp_path / "ca", tmp_path / "node.pem"
    operator_pem(ca, pem, "old.example")
    clock = TurnedClock(datetime.now(UTC))
    node = NodeTls(Settings(ca, ("sip.test",), certificate=pem), clock)
    assert names_shown(node.server(), trusting(node), "") == ["old.example"]
    fresh = tmp_path / "fresh.pem"
    operator_pem(ca, fresh, "new.example")
    fresh.replace(pem)
    assert names_shown(node.server(), trusting(node), "") == ["old.example"]
    clock.turn(A_LOOK)
    assert names_shown(node.server(), trusting(node), "") == ["new.example"]


def test_a_changed_file_that_cannot_be_used_leaves_the_old_certificate_in_force(tmp_path: Path) -> None:
    ca, pem = tmp_path / "ca", tmp_path / "node.pem"
    operator_pem(ca, pem, "old.example")
    clock = TurnedClock(datetime.now(UTC))
    node = NodeTls(Settings(ca, ("sip.test",), certificate=pem), clock)
    pem.write_text("half of a cert")
    clock.turn(A_LOOK)
    assert names_shown(node.server(), trusting(node), "") == ["old.example"]
    operator_pem(ca, pem, "mended.example")
    clock.turn(A_LOOK)
    assert names_shown(node.server(), trusting(node), "") == ["mended.example"]


@pytest.mark.parametrize(
    ("certificate", "key", "named", "says"),
    [
        ("absent.pem", None, "tls_cert", "No such file"),
        ("nonsense.pem", None, "tls_cert", "no PEM file of certificates"),
        ("node.pem", "nonsense.pem", "tls_key", "no PRIVATE KEY"),
        ("node.pem", "ca/ca.key", "tls_cert", "no certificate in it is of the key"),
    ],
)
def test_files_that_do_not_fit_are_refused_at_the_start(
    tmp_path: Path, certificate: str, key: str | None, named: str, says: str
) -> None:
    operator_pem(tmp_path / "ca", tmp_path / "node.pem", "voice.example")
    (tmp_path / "nonsense.pem").write_text("nonsense")
    settings = Settings(
        tmp_path / "ca",
        ("sip.test",),
        certificate=tmp_path / certificate,
        key=None if key is None else tmp_path / key,
    )
    with pytest.raises(OSError, match=says) as refused:
        NodeTls(settings, TurnedClock(datetime.now(UTC)))
    assert str(refused.value.filename).startswith(f"{named} ")


def test_an_extra_ca_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nonsense.pem").write_text("nonsense")
    settings = Settings(tmp_path, ("sip.test",), extra_ca_file=tmp_path / "nonsense.pem")
    with pytest.raises(OSError, match="no PEM file of certificates") as refused:
        NodeTls(settings, TurnedClock(datetime.now(UTC)))
    assert str(refused.value.filename).startswith("extra_ca_file ")


def test_the_operators_suites_stand_in_every_context_in_their_order(tmp_path: Path) -> None:
    suites = ("AES128-SHA", "ECDHE-RSA-CHACHA20-POLY1305")
    node = NodeTls(Settings(tmp_path, ("sip.test",), suites=suites), TurnedClock(datetime.now(UTC)))
    for context in (node.server(), node.https(), node.client(), node.client(is_verified=False)):
        offered = [each["name"] for each in context.get_ciphers() if not each["name"].startswith("TLS_")]
        assert offered == list(suites)


def test_clients_are_asked_by_sips_and_never_by_https(tmp_path: Path) -> None:
    operator_pem(tmp_path / "company", tmp_path / "phone.pem", "phone.example")
    for wanted, mode in ((OPTIONAL, ssl.CERT_OPTIONAL), (REQUIRED, ssl.CERT_REQUIRED), (OFF, ssl.CERT_NONE)):
        settings = Settings(
            tmp_path / "node",
            ("sip.test",),
            client_ca=tmp_path / "company" / "ca.pem",
            client_certificates=wanted,
        )
        node = NodeTls(settings, TurnedClock(datetime.now(UTC)))
        assert node.server().verify_mode is mode
        assert node.legacy_server().verify_mode is mode
        assert node.https().verify_mode is ssl.CERT_NONE


def test_a_ca_of_clients_that_cannot_be_read_any_more_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    operator_pem(tmp_path / "company", tmp_path / "phone.pem", "phone.example")
    ca = tmp_path / "company" / "ca.pem"
    clock = TurnedClock(datetime.now(UTC))
    settings = Settings(tmp_path / "node", ("sip.test",), client_ca=ca, client_certificates=REQUIRED)
    node = NodeTls(settings, clock)
    before, kept = node.server(), ca.read_bytes()
    ca.write_text("half of a CA")
    clock.turn(A_LOOK)
    assert node.server() is before
    assert names_shown(node.https(), trusting(node), "acme.sip.test")[0] == "acme.sip.test"
    ca.write_bytes(kept)
    clock.turn(A_LOOK)
    assert node.server() is not before


@pytest.mark.parametrize(
    ("named", "says"), [("sips_client_ca", "no PEM file"), ("tls_client_cert", "no PEM file")]
)
def test_files_of_clients_are_looked_at_at_the_start(tmp_path: Path, named: str, says: str) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    settings = Settings(
        tmp_path,
        ("sip.test",),
        client_ca=nonsense if named == "sips_client_ca" else None,
        client_certificates=OPTIONAL,
        own_client_certificate=nonsense if named == "tls_client_cert" else None,
    )
    with pytest.raises(OSError, match=says) as refused:
        NodeTls(settings, TurnedClock(datetime.now(UTC)))
    assert str(refused.value.filename).startswith(f"{named} ")


def test_the_suites_are_those_of_the_platform_in_its_order(tmp_path: Path) -> None:
    node = node_tls(tmp_path)
    for context in (node.server(), node.legacy_server(), node.client()):
        offered = [each["name"] for each in context.get_ciphers() if not each["name"].startswith("TLS_")]
        assert offered == list(SUITES)
        assert context.options & ssl.OP_NO_RENEGOTIATION
    assert node.server().options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_who_comes_back_by_https_has_a_ticket_and_a_phone_has_none(tmp_path: Path) -> None:
    node = node_tls(tmp_path)
    assert [each.num_tickets for each in (node.server(), node.legacy_server(), node.https())] == [0, 0, 1]
