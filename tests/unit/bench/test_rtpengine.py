"""rtpengine's side of the row: its version, and what is said where it is missing."""

from pathlib import Path

import pytest
from bench import rtpengine
from bench.row import BenchError


def test_the_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "rtpengine"
    program.write_text("#!/bin/sh\necho 'Version: 10.5.3.5-1+deb12u1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert rtpengine.version() == "10.5.3.5"


def test_an_rtpengine_that_keeps_silent_has_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "rtpengine"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert rtpengine.version() is None


def test_one_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert rtpengine.version() is None
    with pytest.raises(BenchError, match="Debian: rtpengine-daemon"), rtpengine.running_rtpengine():
        pass
