"""A recording read while it grows."""

from pathlib import Path

from offhook.phone.hearing import Hearing


def test_positions_are_samples_behind_the_header(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    path.write_bytes(bytes(44))
    hearing = Hearing(path)
    assert (hearing.position, hearing.read(0)) == (0, b"")
    path.write_bytes(bytes(44) + b"\1\0\2\0\3\0")
    assert (hearing.position, hearing.read(1)) == (3, b"\2\0\3\0")
    assert hearing.read(3) == b""
    assert hearing.read(9) == b""


def test_half_a_sample_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    path.write_bytes(bytes(44) + b"\1\0\2")
    assert (Hearing(path).position, Hearing(path).read(0)) == (1, b"\1\0")


def test_a_header_that_is_not_there_yet_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    path.touch()
    assert (Hearing(path).position, Hearing(path).read(0)) == (0, b"")
