"""Rules of the house that import-linter cannot see: who reads the clock, who rolls dice, who sees an edge."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import offhook

ROOT = Path(offhook.__file__).parent
EDGES = {"transport", "tls", "media", "store", "webhook", "speech", "streaming"}
ROOF = {"app.py", "toolbox.py", "config", "doctor", "twiml_check.py", "cli"}
PLAIN_VALUES = {"offhook.media.prompt_cache"}
"""What is neither a port nor does any I/O, and may be seen from above."""


def modules() -> Iterator[tuple[str, Path]]:
    """Every module with the room it stands in."""
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).parts[0], path


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{name.name}" for name in names)


def offenders(wanted: set[str], allowed: set[str]) -> list[str]:
    """Files that import one of the modules `wanted`, those in `allowed` excepted."""
    return [
        str(path.relative_to(ROOT))
        for _, path in modules()
        if str(path.relative_to(ROOT)) not in allowed and wanted & set(imports(path))
    ]


def test_only_base_reads_the_clock() -> None:
    assert offenders({"time", "datetime.datetime.now"}, {"base/clock.py"}) == []
    for _, path in modules():
        text = path.read_text()
        assert "datetime.now(" not in text or path == ROOT / "base/clock.py", path


def test_only_base_rolls_dice() -> None:
    assert offenders({"random", "secrets", "uuid.uuid4", "uuid.uuid1"}, {"base/ids.py"}) == []


def test_only_the_media_room_names_the_native_module() -> None:
    assert offenders({"offhook._media"}, {"media/native.py"}) == []


@pytest.mark.parametrize("edge", sorted(EDGES))
def test_above_the_edges_only_their_ports_are_seen(edge: str) -> None:
    seen = {
        f"{path.relative_to(ROOT)} imports {name}"
        for room, path in modules()
        if room not in EDGES | ROOF
        for name in imports(path)
        if name.startswith(f"offhook.{edge}.")
        and not name.startswith(f"offhook.{edge}.ports")
        and not any(name.startswith(plain) for plain in PLAIN_VALUES)
    }
    assert seen == set()


def test_sockets_are_opened_by_edges_only() -> None:
    rooms = {room for room, path in modules() if {"socket", "_socket"} & set(imports(path))}
    assert rooms <= EDGES | ROOF | {"rest"}, "rest/server.py is the door of HTTP"
