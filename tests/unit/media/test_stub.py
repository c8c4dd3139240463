"""`_media.pyi` and the compiled module say the same, and the check would tell if they did not."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from offhook import _media

SCRIPT = Path(__file__).parents[3] / "scripts" / "check_stub.py"


def check_stub() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_stub", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stub_agrees_with_the_module() -> None:
    check = check_stub()
    assert list(check.differences(ast.parse(check.STUB.read_text()), _media)) == []


@pytest.mark.parametrize(
    ("line", "changed", "difference"),
    [
        ("class Clip:", "class Record:", "Clip: in the module, not in the stub"),
        ("class Clip:", "class Record:", "Record: in the stub, not in the module"),
        ("def open_port(self)", "def open_port(self, low: int)", "MediaEngine.open_port: takes ['self']"),
        ("max_events: int", "max_events: int = 9", "MediaEngine.poll_events: 0 parameters have a default"),
        ("        workers: int,\n", "", "MediaEngine.__new__: takes"),
        ("def fileno", "def fd", "MediaEngine.fileno: in the module, not in the stub"),
        ("def close", "@property\n    def close", "MediaEngine.close: property on one side"),
        ("@final\nclass Clip", "class Clip", "Clip: cannot be derived from"),
        (
            "MediaStoppedError(RuntimeError)",
            "MediaStoppedError(Exception)",
            "MediaStoppedError: derives from",
        ),
    ],
)
def test_a_difference_is_told(line: str, changed: str, difference: str) -> None:
    check = check_stub()
    text = check.STUB.read_text()
    assert line in text
    found = list(check.differences(ast.parse(text.replace(line, changed, 1)), _media))
    assert any(told.startswith(difference) for told in found), found
