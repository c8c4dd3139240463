"""Kamailio's side of the row: its version, and what is said where it is missing."""

from pathlib import Path

import pytest
from bench import kamailio
from bench.row import BenchError


def test_the_version_is_the_third_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "kamailio"
    program.write_text("#!/bin/sh\necho 'version: kamailio 5.6.3 (x86_64/linux) '\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert kamailio.version() == "5.6.3"


def test_a_kamailio_that_keeps_silent_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "kamailio"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert kamailio.version() is None


def test_one_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    assert kamailio.version() is None
    with pytest.raises(BenchError, match="Debian: kamailio"), kamailio.running_kamailio("secret"):
        pass
