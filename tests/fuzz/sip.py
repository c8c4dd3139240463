"""Fuzzes the SIP room: `python -m tests.fuzz.sip --seconds 60`.

Mutates what it knows, keeps what did something new, and stops at the first promise that is broken: the
input is then written to `found/`, the seed is printed, and the exit status is 1. With --keep, inputs that
did something new go into the corpus, one for each thing done, to be committed.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.targets import TARGETS, Target

SLOWEST_S: Final = 0.5
"""CPU seconds for one input in one target: more is a finding, for a flood of them would stop a node."""
FOUND: Final = Path(__file__).parent / "found"
"""Where inputs go that broke a promise; once mended, they move to the corpus."""
_LONGEST_BYTES: Final = 20_000
_MOST_KNOWN: Final = 5_000


@dataclass(slots=True)
class Finding:
    """A promise that an input broke."""

    target: str
    """Whose."""
    data: bytes
    """The input."""
    trouble: str
    """The traceback, or how slow it was."""


@dataclass(slots=True)
class Fuzzer:
    """One run, the same for the same seed."""

    dice: Random
    """Decides everything."""
    targets: Mapping[str, Target] = field(default_factory=lambda: TARGETS)
    """What is fuzzed."""
    known: list[bytes] = field(default_factory=seeds)
    """Inputs to mutate."""
    done: dict[str, bytes] = field(default_factory=dict)
    """The first input for each thing done."""
    tried: int = 0
    """Inputs so far."""

    def learn(self) -> Finding | None:
        """Try what is known already."""
        for data in list(self.known):
            if (finding := self.try_one(data)) is not None:
                return finding
        return None

    def run(self, may_go_on: Callable[[], bool]) -> Finding | None:
        """Mutate and try for as long as is said."""
        while may_go_on():
            data = mutated(self.dice.choice(self.known), self.dice, self.known)[:_LONGEST_BYTES]
            before = len(self.done)
            if (finding := self.try_one(data)) is not None:
                return finding
            if len(self.done) > before and len(self.known) < _MOST_KNOWN:
                self.known.append(data)
        return None

    def try_one(self, data: bytes) -> Finding | None:
        """One input in every target."""
        self.tried += 1
        for name, target in self.targets.items():
            began = time.process_time()
            try:
                did = target(data)
            except Exception:  # noqa: BLE001 - whatever it is, it is the finding
                return Finding(name, data, traceback.format_exc())
            if (took := time.process_time() - began) > SLOWEST_S:
                return Finding(name, data, f"took {took:.2f} s")
            self.done.setdefault(f"{name}: {did}", data)
        return None


def main() -> int:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="tests.fuzz.sip", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=None, help="repeat a run")
    arguments.add_argument("--keep", action="store_true", help="add what did something new to the corpus")
    given = arguments.parse_args()
    seed = time.time_ns() if given.seed is None else given.seed
    fuzzer = Fuzzer(Random(seed))
    finding = fuzzer.learn()
    learned = set(fuzzer.done)
    end = time.monotonic() + given.seconds
    finding = finding or fuzzer.run(lambda: time.monotonic() < end)
    new = [data for did, data in fuzzer.done.items() if did not in learned]
    sys.stdout.write(f"seed {seed}: {fuzzer.tried} inputs, {len(fuzzer.done)} things done, {len(new)} new\n")
    if given.keep:
        CORPUS.mkdir(exist_ok=True)
        for data in dict.fromkeys(new):
            (CORPUS / f"{sha256(data).hexdigest()[:16]}.bin").write_bytes(data)
    if finding is None:
        return 0
    FOUND.mkdir(exist_ok=True)
    file = FOUND / f"{finding.target}-{sha256(finding.data).hexdigest()[:16]}.bin"
    file.write_bytes(finding.data)
    sys.stdout.write(f"{finding.target} broke its promise, input in {file}\n{finding.trouble}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
