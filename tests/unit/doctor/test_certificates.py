"""What is said of the certificates that peers are shown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offhook.doctor.certificates import examine_certificates, examine_client_certificates
from offhook.doctor.finding import Verdict
from offhook.tls.authority import Authority
from tests.support.certificates import operator_pem

NOW = datetime.now(UTC)


@pytest.mark.parametrize(("days", "verdict"), [(0, Verdict.FINE), (80, Verdict.WARNING), (91, Verdict.FAULT)])
def test_the_operators_certificate_is_named_with_its_end(tmp_path: Path, days: int, verdict: Verdict) -> None:
    operator_pem(tmp_path / "ca", tmp_path / "node.pem", "voice.example")
    (finding,) = examine_certificates(tmp_path / "node.pem", None, tmp_path, NOW + timedelta(days=days))
    assert (finding.subject, finding.verdict) == ("tls", verdict)
    assert "of voice.example, until " in finding.what


def test_a_file_that_cannot_be_used_is_at_fault(tmp_path: Path) -> None:
    (finding,) = examine_certificates(tmp_path / "absent.pem", None, tmp_path, NOW)
    assert finding.verdict is Verdict.FAULT
    assert finding.what == f"tls_cert {tmp_path / 'absent.pem'}: No such file or directory"


def test_the_nodes_own_ca_is_there_or_to_be_made(tmp_path: Path) -> None:
    (before,) = examine_certificates(None, None, tmp_path, NOW)
    Authority.open(tmp_path, NOW)
    (after,) = examine_certificates(None, None, tmp_path, NOW)
    (tmp_path / "ca.pem").write_text("nonsense")
    (broken,) = examine_certificates(None, None, tmp_path, NOW)
    assert [each.verdict for each in (before, after, broken)] == [Verdict.FINE, Verdict.FINE, Verdict.FAULT]
    assert "when it first starts" in before.what
    assert "`offhook tls ca` prints it" in after.what


@pytest.mark.parametrize(("days", "verdict"), [(0, Verdict.FINE), (80, Verdict.WARNING), (91, Verdict.FAULT)])
def test_what_we_show_as_a_client_and_the_cas_of_clients_are_named_with_their_end(
    tmp_path: Path, days: int, verdict: Verdict
) -> None:
    operator_pem(tmp_path / "ca", tmp_path / "edge.pem", "edge.example")
    shown, ca = examine_client_certificates(
        tmp_path / "edge.pem", None, tmp_path / "ca" / "ca.pem", NOW + timedelta(days=days)
    )
    assert (shown.verdict, ca.verdict) == (verdict, Verdict.FINE)
    assert "tls_client_cert" in shown.what
    assert "of edge.example, until " in shown.what
    assert "sips_client_ca" in ca.what
    assert "CN=Offhook CA" in ca.what


def test_files_of_clients_that_cannot_be_used_are_at_fault_and_none_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "nonsense.pem").write_text("nonsense")
    found = list(examine_client_certificates(tmp_path / "absent.pem", None, tmp_path / "nonsense.pem", NOW))
    assert [each.verdict for each in found] == [Verdict.FAULT, Verdict.FAULT]
    assert "tls_client_cert" in found[0].what
    assert found[1].what == f"sips_client_ca {tmp_path / 'nonsense.pem'}: no PEM file of certificates"
    assert list(examine_client_certificates(None, None, None, NOW)) == []
