#!/usr/bin/env python3
"""Compare `src/offhook/_media.pyi` with the compiled module: names, kinds, parameters, bases.

Exit status 0 when they agree, 1 with a line for each difference. Run by `make lint`; the module
must be built. Types are not compared: the binary does not know them.
"""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

STUB: Final = Path(__file__).parent.parent / "src" / "offhook" / "_media.pyi"
BASETYPE_FLAG: Final = 1 << 10
"""Py_TPFLAGS_BASETYPE: the class may be derived from."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def differences(stub: ast.Module, module: ModuleType) -> Iterator[str]:
    """A line for each thing that one side says and the other does not."""
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in stub.body if isinstance(node, Function)}
    compiled = {name for name in dir(module) if not name.startswith("_")}
    written = classes.keys() | functions.keys()
    yield from (f"{name}: in the module, not in the stub" for name in sorted(compiled - written))
    yield from (f"{name}: in the stub, not in the module" for name in sorted(written - compiled))
    for name in sorted(functions.keys() & compiled):
        yield from _compare_parameters(name, functions[name], getattr(module, name))
    for name in sorted(classes.keys() & compiled):
        yield from _compare_class(classes[name], getattr(module, name))


def _compare_class(node: ast.ClassDef, compiled: type) -> Iterator[str]:
    bases = [ast.unparse(base) for base in node.bases] or ["object"]
    if [base.__name__ for base in compiled.__bases__] != bases:
        yield f"{node.name}: derives from {compiled.__bases__}, the stub says {bases}"
    is_final = not compiled.__flags__ & BASETYPE_FLAG
    if is_final != any(ast.unparse(decorator) == "final" for decorator in node.decorator_list):
        yield f"{node.name}: {'cannot' if is_final else 'can'} be derived from, the stub says the opposite"
    written = {item.name: item for item in node.body if isinstance(item, Function)}
    own = {name for name in vars(compiled) if not name.startswith("_")}
    if "__new__" in vars(compiled):
        own.add("__new__")
    if issubclass(compiled, Exception):
        own.discard("__new__")
    yield from (
        f"{node.name}.{name}: in the module, not in the stub" for name in sorted(own - written.keys())
    )
    yield from (
        f"{node.name}.{name}: in the stub, not in the module" for name in sorted(written.keys() - own)
    )
    for name in sorted(own & written.keys()):
        yield from _compare_member(f"{node.name}.{name}", written[name], compiled, vars(compiled)[name])


def _compare_member(place: str, node: Function, owner: type, compiled: object) -> Iterator[str]:
    is_property = any(ast.unparse(decorator) == "property" for decorator in node.decorator_list)
    if inspect.isdatadescriptor(compiled) != is_property:
        yield f"{place}: property on one side, method on the other"
    elif not is_property:
        yield from _compare_parameters(place, node, owner if node.name == "__new__" else compiled)


def _compare_parameters(place: str, node: Function, compiled: object) -> Iterator[str]:
    if not callable(compiled):
        yield f"{place}: is no function"
        return
    written = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    actual = list(inspect.signature(compiled).parameters.values())
    names = [parameter.name for parameter in actual]
    if written[:1] == ["cls"]:
        written = written[1:]  # the signature of a class does not show it
    if names != written:
        yield f"{place}: takes {names}, the stub says {written}"
    optional = sum(parameter.default is not parameter.empty for parameter in actual)
    if optional != len(node.args.defaults):
        yield f"{place}: {optional} parameters have a default, the stub says {len(node.args.defaults)}"


def main() -> int:
    """Print the differences; 1 when there are any."""
    found = list(differences(ast.parse(STUB.read_text()), importlib.import_module("offhook._media")))
    for line in found:
        print(f"{STUB.name}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
