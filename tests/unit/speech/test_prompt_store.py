"""What was spoken once is there after a restart, whole or not at all, and never more than fits."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.ports import SpokenAudio, Utterance
from offhook.speech.prompt_store import HEADER, PromptStore, prompt_key

HELLO = SpokenAudio(b"\1\2" * 500, 24_000)
SIZE = HEADER.size + 1_000
KEYS = [prompt_key(Utterance(letter), "engine 1") for letter in "abcd"]


def test_what_was_put_is_got_also_after_a_restart(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "spoken", 10_000)
    assert store.get(KEYS[0]) is None

    store.put(KEYS[0], HELLO)

    assert store.get(KEYS[0]) == HELLO
    assert PromptStore(tmp_path / "spoken", 10_000).get(KEYS[0]) == HELLO
    assert (tmp_path / "spoken").stat().st_mode & 0o777 == 0o700


def test_those_unused_for_longest_go_first_also_after_a_restart(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, 3 * SIZE)
    for age, key in enumerate(KEYS[:3]):
        store.put(key, HELLO)
        os.utime(tmp_path / key, (age, age))
    assert store.get(KEYS[0]) == HELLO  # used, and now the last to go

    store.put(KEYS[3], HELLO)

    assert [store.get(key) is not None for key in KEYS] == [True, False, True, True]
    assert store.total_bytes == 3 * SIZE == sum(each.stat().st_size for each in tmp_path.iterdir())
    os.utime(tmp_path / KEYS[2], (1, 1))
    smaller = PromptStore(tmp_path, 2 * SIZE)
    assert [key in smaller for key in KEYS] == [True, False, False, True]


@given(st.integers(0, SIZE - 1), st.integers(1, 255))
def test_one_damaged_byte_is_a_miss_and_the_file_goes(
    tmp_path_factory: pytest.TempPathFactory, at: int, by: int
) -> None:
    folder = tmp_path_factory.mktemp("spoken")
    store = PromptStore(folder, 10_000)
    store.put(KEYS[0], HELLO)
    content = bytearray((folder / KEYS[0]).read_bytes())
    content[at] ^= by
    (folder / KEYS[0]).write_bytes(content)

    assert store.get(KEYS[0]) is None
    assert not list(folder.iterdir())
    assert store.total_bytes == 0


@pytest.mark.parametrize("length", [0, 3, HEADER.size, HEADER.size + 501])
def test_a_file_that_was_cut_off_is_a_miss(tmp_path: Path, length: int) -> None:
    PromptStore(tmp_path, 10_000).put(KEYS[0], HELLO)
    os.truncate(tmp_path / KEYS[0], length)

    assert PromptStore(tmp_path, 10_000).get(KEYS[0]) is None


def test_a_file_that_was_removed_is_a_miss(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, 10_000)
    store.put(KEYS[0], HELLO)
    (tmp_path / KEYS[0]).unlink()

    assert store.get(KEYS[0]) is None
    assert store.total_bytes == 0


def test_what_a_crash_left_half_written_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / f"{KEYS[0]}.0.part").write_bytes(b"half")
    (tmp_path / "notes.txt").write_bytes(b"mine")

    assert PromptStore(tmp_path, 0).total_bytes == 0
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_what_is_longer_than_the_store_is_not_kept(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, SIZE - 1)
    store.put(KEYS[0], HELLO)

    assert store.get(KEYS[0]) is None
    assert not list(tmp_path.iterdir())


def test_a_disk_that_takes_nothing_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "spoken", 10_000)
    (tmp_path / "spoken").rmdir()

    with pytest.raises(OSError, match="No such file"):
        store.put(KEYS[0], HELLO)
    assert store.get(KEYS[0]) is None


def test_whatever_changes_the_sound_changes_the_key() -> None:
    plain = Utterance("Hello.")
    others = [
        replace(plain, text="Hello"),
        replace(plain, language="en-GB"),
        replace(plain, voice="man"),
        replace(plain, rate=1.1),
        replace(plain, gain_db=3.0),
        replace(plain, pitch=1.1),
        replace(plain, trims_start=True),
        replace(plain, trims_end=True),
    ]
    keys = {prompt_key(each, "engine 1") for each in (plain, *others)} | {prompt_key(plain, "engine 2")}

    assert len(keys) == len(others) + 2
    assert prompt_key(replace(plain), "engine 1") in keys
