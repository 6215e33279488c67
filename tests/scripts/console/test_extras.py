"""Libraries that a command installs when it needs them."""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scripts import cli
from scripts.bench import bench
from scripts.console import extras
from scripts.console.extras import ExtraError, require
from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROJECT: Final = Path(__file__).resolve().parents[3]

OF_EXTRAS: Final = {"matplotlib", "onnx", "onnxruntime", "skl2onnx", "skops"}
"""Modules that `make up` does not install."""


def find_nothing(_module: str) -> None: ...


@pytest.mark.parametrize("extra", ["charts", "onnx", "skops"])
def test_what_is_there_is_not_installed_again(extra: extras.Extra, capsys: pytest.CaptureFixture[str]):
    require(extra)
    assert capsys.readouterr().err == ""


def test_what_is_missing_is_installed_with_its_pins_and_announced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(extras, "find_spec", find_nothing)
    require("charts")  # uv finds that all of it is there
    assert capsys.readouterr().err == "Installing matplotlib, which draws the charts\n"
    assert find_spec("matplotlib")


def test_what_cannot_be_installed_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "extra-charts.txt").write_text("matplotlib==0.0.0 --hash=sha256:00\n")
    monkeypatch.setattr(extras, "find_spec", find_nothing)
    monkeypatch.setattr(extras, "REQUIREMENTS", tmp_path)
    with pytest.raises(ExtraError, match=r"matplotlib is missing: `uv pip install --require-hashes -r"):
        require("charts")


def imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each module that may be imported by statements."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def parsed(module: str) -> ast.Module | None:
    path = PROJECT / module.replace(".", "/")
    file = next(filter(Path.is_file, (path.with_suffix(".py"), path / "__init__.py")), None)
    return parse(file.read_text(encoding="utf-8")) if file else None


@cache
def needs_extra(module: str) -> bool:
    """Return whether the import of a module imports one of an extra."""
    if module.partition(".")[0] in OF_EXTRAS:
        return True
    tree = parsed(module)
    return tree is not None and any(needs_extra(name) for _, name in imports(tree.body))


def functions_with_extras() -> list[tuple[str, bool]]:
    """Return each function that imports a module of ours that needs an extra, and whether it requires it."""
    found: list[tuple[str, bool]] = []
    for file in sorted((PROJECT / "scripts").rglob("*.py")):
        module = file.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
        tree = parsed(module)
        assert tree
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            lines = [line for line, name in imports(ast.walk(function)) if parsed(name) and needs_extra(name)]
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            required = [
                it.lineno for it in calls if isinstance(it.func, ast.Name) and it.func.id == "require"
            ]
            if lines:
                found.append((f"{module}.{function.name}", bool(required) and min(required) < min(lines)))
    return found


def test_no_command_imports_a_module_of_an_extra_before_it_has_required_the_extra():
    found = functions_with_extras()
    assert "scripts.bench.load.report.html_report" in dict(found)
    assert [name for name, is_required in found if not is_required] == []
    commands = [path.partition(":")[0] for path in (*cli.COMMANDS.values(), *bench.COMMANDS.values())]
    assert [name for name in commands if needs_extra(name)] == []
