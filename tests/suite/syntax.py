"""Syntax trees of Python files."""

from __future__ import annotations

import ast
import gc


def parse(source: str | bytes) -> ast.Module:
    """Return the syntax tree of a module, built while no garbage is collected.

    Up to Python 3.11.7, `ast.parse` raises SystemError if a finalizer or another thread that runs during a
    collection calls it, too, e.g. to print a traceback (https://github.com/python/cpython/issues/106905).

    Raises:
        SyntaxError: The text is not Python.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if was_enabled:
            gc.enable()
