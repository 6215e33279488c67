"""Modules of the service that the Lambda function can import: the import graph of its handler."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HANDLER: Final = "service.lambda_handler"
"""Module that Lambda imports."""


def function_modules(root: Path) -> frozenset[Path]:
    """Return the files of the handler and of all modules that it imports, directly or not.

    The graph is read from the source. It has the imports within functions, which happen at a later request,
    but not those for types.

    Args:
        root: Folder that contains the package of the service.
    """
    found: dict[str, Path] = {}
    waiting = [HANDLER]
    while waiting:
        name = waiting.pop()
        file = _file(root, name)
        if file is None or name in found:
            continue
        found[name] = file
        package, _, _ = name.rpartition(".")
        # Python imports the packages around a module first.
        waiting += [package, *_imported_names(file.read_bytes())]
    return frozenset(found.values())


def _file(root: Path, name: str) -> Path | None:
    """Return the file of a module of the service; None for other modules, and for names in modules."""
    path = root.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if name.split(".", maxsplit=1)[0] == HANDLER.split(".")[0] and file.is_file():
            return file
    return None


@cache
def _imported_names(source: bytes) -> tuple[str, ...]:
    """Return the names that a module imports; reading its syntax takes most of the time of the search."""
    return tuple(_imports(ast.parse(source)))


def _imports(node: ast.AST) -> Iterator[str]:
    """Yield the names of the modules that a piece of code imports, and of what it imports from them."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            for child in node.orelse:
                yield from _imports(child)
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom(module=str(module)):
            yield module
            # A name may be that of a module in the package.
            yield from (f"{module}.{alias.name}" for alias in node.names)
        case ast.expr():
            return  # contains no import
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child)
