"""What is said of the certificates that peers are shown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offhook.doctor.certificates import examine_certificates
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
