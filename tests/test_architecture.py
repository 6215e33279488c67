"""Architecture of the tree: import graph, allowed imports between the boxes, and size of the folders.

The graph is computed from the source with `ast`, including imports inside of functions and for types. Ruff
bans the same imports in the editor (`ruff.toml` of each box); a test compares the two.
"""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]

ARROWS: Final[Mapping[str, frozenset[str]]] = {
    "infra": frozenset(),
    "client": frozenset(),
    "service": frozenset(),
    "policy": frozenset({"infra"}),
    "localcloud": frozenset({"infra"}),
    "scripts": frozenset({"client", "infra", "localcloud", "policy", "service"}),
}
"""Box -> the boxes that it may import."""

PLUGINS: Final = "localcloud/localstack/plugins"
"""Folder of a distribution of its own, which runs in LocalStack's environment and imports no box."""

COMPONENTS: Final = frozenset(
    {"firewall", "fleet", "load_balancer", "monitoring", "network", "serverless", "storage"}
)
"""Folders of `infra` that do not import one another."""

MAXIMUM_ENTRIES: Final = 16
"""Files and folders of one package; a dozen is better."""


def _files() -> Iterator[Path]:
    for box in ARROWS:
        yield from sorted((ROOT / box).rglob("*.py"))


@cache
def modules() -> Mapping[str, Path]:
    """Return the files of all modules, by name."""
    return {_name(file): file for file in _files()}


def _name(file: Path) -> str:
    path = file.relative_to(ROOT)
    if path.is_relative_to(PLUGINS):
        path = path.relative_to(PLUGINS)
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _box(module: str) -> str:
    return module.partition(".")[0]


@cache
def graph() -> Mapping[str, frozenset[str]]:
    """Return the modules that each module imports, of this project only."""
    return {name: frozenset(_imports(file)) for name, file in modules().items()}


def _imports(file: Path) -> Iterator[str]:
    boxes = {*ARROWS, "tests", "scalable_models_localstack"}
    for node in ast.walk(parse(file.read_bytes())):
        match node:
            case ast.Import(names=names):
                imported = [alias.name for alias in names]
            case ast.ImportFrom(module=str(package), names=names):
                submodules = {f"{package}.{alias.name}" for alias in names}
                imported = sorted({name if name in modules() else package for name in submodules})
            case _:
                continue
        yield from (name for name in imported if _box(name) in boxes)


def test_no_module_imports_itself_through_others():
    # Raises CycleError, which names the modules of a cycle.
    TopologicalSorter(graph()).prepare()


def test_boxes_import_one_another_only_along_the_arrows():
    against = [
        f"{importer} imports {imported}"
        for importer, imports in graph().items()
        for imported in imports
        if _box(imported) not in {_box(importer), *ARROWS.get(_box(importer), ())}
    ]
    assert against == []


@pytest.mark.parametrize("box", sorted(ARROWS.keys() - {"scripts"}))
def test_ruff_bans_exactly_the_imports_against_the_arrows(box: str):
    settings: dict[str, Any] = tomllib.loads((ROOT / box / "ruff.toml").read_text())
    banned = settings["lint"]["flake8-tidy-imports"]["banned-api"].keys()
    assert banned == ARROWS.keys() - ARROWS[box] - {box}


def _component(module: str) -> str | None:
    box, _, rest = module.partition(".")
    folder, _, inner = rest.partition(".")
    return folder if box == "infra" and inner and folder in COMPONENTS else None


def _is_configuration(module: str) -> bool:
    last = module.rpartition(".")[2]
    return last == "config" or last.endswith("_config")


def test_components_import_nothing_of_one_another_except_configuration():
    """A section of the configuration is read by others, and computes with the arithmetic of others."""
    between = [
        f"{importer} imports {imported}"
        for importer, imports in graph().items()
        for imported in imports
        if None not in {_component(importer), _component(imported)}
        and _component(importer) != _component(imported)
        and not (_is_configuration(importer) or _is_configuration(imported))
    ]
    assert between == []


def test_reference_data_imports_no_component():
    data = [name for name in graph() if name.startswith("infra.reference_data")]
    assert data
    assert [name for name in data if any(map(_component, graph()[name]))] == []


def _paths(file: Path) -> Iterator[str]:
    """Yield the texts of a module that look like paths, and the parts of paths that are joined with `/`."""
    for node in ast.walk(parse(file.read_bytes())):
        match node:
            case ast.Constant(value=str(text)) if "/" in text and not text.strip("./").count(" "):
                yield text
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(text))):
                yield text
            case _:
                pass


def test_no_box_names_a_file_of_a_box_that_it_may_not_import():
    against = [
        f"{importer} names {path}"
        for importer, file in modules().items()
        for path in _paths(file)
        if (named := path.removeprefix("./").partition("/")[0]) in {*ARROWS, "tests"}
        and named not in {_box(importer), *ARROWS.get(_box(importer), ())}
    ]
    assert against == []


def _packages() -> list[Path]:
    return sorted({file.parent for file in _files()})


@pytest.mark.parametrize("folder", _packages(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_package_says_what_it_is_and_can_be_taken_in_at_a_glance(folder: Path):
    text = ast.get_docstring(parse((folder / "__init__.py").read_bytes()))
    assert text, "its __init__.py has no docstring"
    assert len(_entries(folder)) <= MAXIMUM_ENTRIES


def _entries(folder: Path) -> list[str]:
    """Return the names of the files and folders of a package that hold source.

    A folder of which git removes all files stays where Python has left bytecode in it.
    """
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.suffix != ".egg-info" and _holds_source(entry)
    )


def _holds_source(path: Path) -> bool:
    if path.is_dir():
        return path.name != "__pycache__" and any(map(_holds_source, path.iterdir()))
    return path.suffix != ".pyc"


def test_a_folder_with_nothing_but_bytecode_is_no_entry(tmp_path: Path):
    for name in ("module.py", "table.csv", "deep/inner/module.py", ".hidden", "own.egg-info/PKG-INFO"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("__pycache__", "removed/__pycache__", "removed/inner/__pycache__", "deep/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "module.cpython-311.pyc").touch()
    (tmp_path / "empty").mkdir()
    assert _entries(tmp_path) == ["deep", "module.py", "table.csv"]


def test_the_graph_has_the_modules_and_the_imports_of_the_tree():
    assert {"infra.network.vpc", "service.http.accept", "scalable_models_localstack"} <= set(graph())
    assert "infra.network.subnets" in graph()["infra.network.vpc"]
    assert "infra.firewall.managed_rule_groups" in graph()["policy.rules.firewall"]
