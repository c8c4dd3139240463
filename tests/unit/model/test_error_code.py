"""The catalogue knows every code that is raised, at the level at which it is raised."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import offhook.twiml
import offhook.webhook
from offhook.base.errors import UsageError
from offhook.model.error_code import ERROR_CODES, describe
from offhook.model.notification import LogLevel
from offhook.twiml.attribute import Attribute
from offhook.twiml.problem import SCHEMA_WARNING, Level


def attributes_of_twiml() -> Iterator[Attribute[object]]:
    """Every attribute that any file of the parser declares."""
    for module in pkgutil.walk_packages(offhook.twiml.__path__, "offhook.twiml."):
        for value in vars(importlib.import_module(module.name)).values():
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Attribute):
                    yield item


def codes_of_twiml() -> Iterator[int]:
    """Every constant of the parser that is a code."""
    for module in pkgutil.walk_packages(offhook.twiml.__path__, "offhook.twiml."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, int) and 11_000 <= value < 33_000:
                yield value


def test_a_code_is_described_by_its_level_and_title() -> None:
    entry = describe(12200)

    assert (entry.code, entry.level, entry.text) == (12200, LogLevel.WARNING, "Schema validation warning")


def test_a_code_that_is_not_in_the_table_is_a_bug_of_ours() -> None:
    with pytest.raises(UsageError):
        describe(99999)


def test_each_entry_stands_under_its_own_code_once_and_has_a_title() -> None:
    assert all(code == entry.code and entry.text for code, entry in ERROR_CODES.items())


def test_every_attribute_of_twiml_has_its_code_and_level_here() -> None:
    attributes = list(attributes_of_twiml())

    assert len(attributes) > 20
    for attribute in attributes:
        level = LogLevel.ERROR if attribute.level is Level.ERROR else LogLevel.WARNING
        assert describe(attribute.code).level is level, attribute.name


def test_every_other_code_of_twiml_is_here() -> None:
    codes = set(codes_of_twiml())

    assert SCHEMA_WARNING in codes
    assert codes <= ERROR_CODES.keys()


def test_every_code_that_webhooks_raise_is_here_as_an_error() -> None:
    sources = [path.read_text() for path in Path(offhook.webhook.__path__[0]).glob("*.py")]
    constants = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
    }
    codes = {value for value in constants if type(value) is int and 11_000 <= value < 14_000}

    assert len(codes) > 15
    assert {describe(code).level for code in codes} == {LogLevel.ERROR}
