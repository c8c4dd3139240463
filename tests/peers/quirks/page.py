"""`docs/quirks.md`, made of the tests of this folder: what none of them shows, it does not say."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from tests.peers.quirks import test_dialogs, test_keys, test_media, test_silence
from tests.peers.quirks.quirk import Part, Quirk

PATH: Final = Path(__file__).resolve().parents[3] / "docs" / "quirks.md"
MODULES: Final = (test_keys, test_media, test_silence, test_dialogs)

_HEAD: Final = """\
# Odd phones

Made by `python -m tests.peers.quirks --write-docs` from the tests in `tests/peers/quirks/`; a test fails
when the two differ. Each row is a real call over SIP and RTP to a running node, by a phone that does what
the row says. Where it is known from: an issue of the software that did it or had to cope with it, a manual,
or the section that allows it.

| part | the phone | known from | the node |
|---|---|---|---|
"""


def quirks() -> list[Quirk]:
    """All of them, in the order of the parts."""
    order = list(Part)
    return sorted((each for module in MODULES for each in _of(module)), key=lambda it: order.index(it.part))


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(
        f"| {it.part} | {it.phone} | {', '.join(it.seen)} | {it.node} |\n" for it in quirks()
    )


def _of(module: ModuleType) -> Iterator[Quirk]:
    for name, test in vars(module).items():
        if name.startswith("test_"):
            yield test.quirk
