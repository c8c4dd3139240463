"""The fuzzer itself, a short run of it, and every input that was kept."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import kept, seeds
from tests.fuzz.sip import Fuzzer
from tests.fuzz.targets import TARGETS


def times(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is not None


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_kept_inputs_break_no_promise(path: Path) -> None:
    data = path.read_bytes()
    for target in TARGETS.values():
        assert isinstance(target(data), str)


def test_a_short_run_finds_nothing() -> None:
    fuzzer = Fuzzer(Random(1))
    assert fuzzer.learn() is None
    finding = fuzzer.run(times(300))
    assert finding is None, finding
    assert fuzzer.tried > 300


def test_the_same_seed_makes_the_same_inputs() -> None:
    known = seeds()
    one, other = (
        [mutated(known[n % len(known)], dice, known) for n in range(100)] for dice in (Random(7), Random(7))
    )
    assert one == other


def test_a_broken_promise_is_found_and_its_input_given() -> None:
    def fragile(data: bytes) -> str:
        return data[: data.index(b"z")].hex()

    fuzzer = Fuzzer(Random(1), {"fragile": fragile}, [b"az", b"bz"])
    assert fuzzer.learn() is None
    finding = fuzzer.run(times(10_000))
    assert finding is not None
    assert b"z" not in finding.data
    assert "ValueError" in finding.trouble


def test_what_does_something_new_is_mutated_further() -> None:
    def stairs(data: bytes) -> str:
        return f"{len(data) > 3}"

    fuzzer = Fuzzer(Random(1), {"stairs": stairs}, [b"abc"])
    fuzzer.learn()
    fuzzer.run(times(100))
    assert len(fuzzer.known) == 2
