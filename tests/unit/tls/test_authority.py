"""The node's CA: made once, kept, its key for nobody else's eyes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from offhook.tls.authority import Authority, AuthorityError, Names, read_root

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
NAMES = Names(("*.sip.test", "sip.test"), ("192.0.2.7", "::1"))


def test_it_is_made_once_and_kept_with_keys_that_nobody_else_may_read(tmp_path: Path) -> None:
    made = Authority.open(tmp_path / "tls", NOW)
    again = Authority.open(tmp_path / "tls", NOW + timedelta(days=400))
    assert again.root_pem == made.root_pem
    assert read_root(tmp_path / "tls") == made.certificate
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").glob("*.key")}
    assert modes == {"ca.key": 0o600, "ecdsa.key": 0o600, "rsa.key": 0o600}


def test_a_certificate_is_verified_by_the_root_and_names_domains_and_addresses(tmp_path: Path) -> None:
    authority = Authority.open(tmp_path, NOW)
    kinds = []
    for key in authority.leaf_keys:
        leaf = x509.load_pem_x509_certificate(authority.issue(NAMES, key, NOW))
        leaf.verify_directly_issued_by(authority.certificate)
        kinds.append(type(leaf.public_key()))
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert held.get_values_for_type(x509.DNSName) == ["*.sip.test", "sip.test"]
        assert [str(each) for each in held.get_values_for_type(x509.IPAddress)] == ["192.0.2.7", "::1"]
        assert leaf.not_valid_after_utc - NOW == timedelta(days=90)
        assert leaf.not_valid_before_utc < NOW
    assert issubclass(kinds[0], ec.EllipticCurvePublicKey)
    assert issubclass(kinds[1], rsa.RSAPublicKey)


def test_a_key_that_is_left_without_its_certificate_is_made_anew(tmp_path: Path) -> None:
    first = Authority.open(tmp_path, NOW)
    (tmp_path / "ca.pem").unlink()
    second = Authority.open(tmp_path, NOW)
    assert second.root_pem != first.root_pem
    x509.load_pem_x509_certificate(second.issue(NAMES, second.leaf_keys[0], NOW)).verify_directly_issued_by(
        second.certificate
    )


@pytest.mark.parametrize(
    ("broken", "says"),
    [("ca.pem", "not a certificate"), ("ca.key", "not a private key"), ("rsa.key", "not a private key")],
)
def test_a_file_that_is_something_else_is_named(tmp_path: Path, broken: str, says: str) -> None:
    Authority.open(tmp_path, NOW)
    (tmp_path / broken).write_text("nonsense")
    with pytest.raises(AuthorityError, match=says) as refused:
        Authority.open(tmp_path, NOW)
    assert refused.value.filename == str(tmp_path / broken)


def test_a_key_of_another_ca_is_not_taken(tmp_path: Path) -> None:
    Authority.open(tmp_path / "one", NOW)
    Authority.open(tmp_path / "other", NOW)
    (tmp_path / "other" / "ca.key").replace(tmp_path / "one" / "ca.key")
    with pytest.raises(AuthorityError, match=r"not of the key in ca\.key"):
        Authority.open(tmp_path / "one", NOW)
