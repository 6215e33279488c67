"""Hash of the inputs of an archive, which determines whether it is packed again."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scripts.packaging import archive_inputs, wheels
from scripts.packaging.interpreters import this_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from scripts.packaging.interpreters import Interpreter

COMPILER: Final = this_interpreter()

NOT_SERVED: Final = {".toml"}
"""Suffix of a tool's settings in the folder of the service."""

WITHOUT_CACHE = shutil.ignore_patterns("__pycache__")
"""Other processes write the caches of Python meanwhile, each file under another name at first."""


def inputs_hash(predictors: Path, target: str = "local") -> str:
    return archive_inputs.hash_inputs(target, COMPILER, predictors)


def test_the_same_inputs_have_the_same_hash(predictors: Path):
    assert inputs_hash(predictors) == inputs_hash(predictors)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Folder of a predictor that needs ONNX Runtime."""
    folder = tmp_path / "predictors" / "network"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"kind": "onnx"}')
    (folder / "predictor.json").write_text("{}")
    return folder.parent


@pytest.mark.parametrize("hash_of", [archive_inputs.hash_inputs, archive_inputs.hash_dependencies])
@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("local", "REQUIREMENTS"),
        ("aws-arm64", "REQUIREMENTS"),
        ("lambda-arm64", "FUNCTION_REQUIREMENTS"),
        ("aws-arm64", "ONNX_REQUIREMENTS"),
        ("lambda-arm64", "ONNX_REQUIREMENTS"),
    ],
)
def test_the_hash_of_an_archive_and_that_of_its_dependencies_cover_the_pins(
    network: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hash_of: Callable[[str, Interpreter, Path], str],
    target: str,
    name: str,
):
    before = hash_of(target, COMPILER, network)
    pins = getattr(wheels, name)
    # The path is part of the hash, so both versions are copies in the same place.
    copy = Path(shutil.copy(pins, tmp_path))
    monkeypatch.setattr(wheels, name, copy)
    unchanged = hash_of(target, COMPILER, network)
    # A pin of another version has as many characters.
    copy.write_text(copy.read_text().replace("==", "~=", 1))
    assert len({before, unchanged, hash_of(target, COMPILER, network)}) == 3


@pytest.mark.parametrize("module", ["archive_build.py", "archive_inputs.py", "wheels.py", "zip_archive.py"])
def test_the_hash_covers_the_program_itself(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
):
    # The path is part of the hash, so both versions are copies in the same place.
    folder = Path(shutil.copytree(archive_inputs.PROGRAM, tmp_path / "program", ignore=WITHOUT_CACHE))
    monkeypatch.setattr(archive_inputs, "PROGRAM", folder)
    before = inputs_hash(predictors)
    copy = folder / module
    copy.write_text(copy.read_text() + "\n")
    assert inputs_hash(predictors) != before


@pytest.mark.parametrize("name", ["service/model/predictor.py", "service/page/templates/page.html"])
def test_the_hash_covers_the_service(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    shutil.copytree(archive_inputs.ROOT / "service", tmp_path / "service", ignore=WITHOUT_CACHE)
    monkeypatch.setattr(archive_inputs, "ROOT", tmp_path)
    before = inputs_hash(predictors)
    changed = next(path for path in sorted(tmp_path.rglob(Path(name).name)))
    changed.write_text(changed.read_text() + "\n")
    assert inputs_hash(predictors) != before


@pytest.mark.parametrize("name", ["predictor.json", "manifest.json"])
def test_the_hash_covers_the_predictors(predictors: Path, tmp_path: Path, name: str):
    folder = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    before = inputs_hash(folder)
    changed = next(folder.glob(f"*/{name}"))
    # A predictor that is trained anew may have as many characters.
    changed.write_text(changed.read_text()[::-1].replace("1", "2", 1)[::-1])
    assert inputs_hash(folder) != before


def test_the_hash_covers_the_target_and_the_compiler(predictors: Path):
    other = replace(COMPILER, version="3.99.0")
    hashes = {
        inputs_hash(predictors),
        inputs_hash(predictors, "lambda-local"),
        archive_inputs.hash_inputs("local", other, predictors),
        archive_inputs.hash_inputs("local", None, predictors),
    }
    assert len(hashes) == 4


# Both have the same files and pins, and other wheels.
@pytest.mark.parametrize("hash_of", [archive_inputs.hash_inputs, archive_inputs.hash_dependencies])
def test_the_hash_covers_the_processor(
    predictors: Path, hash_of: Callable[[str, Interpreter | None, Path], str]
):
    assert hash_of("aws-arm64", None, predictors) != hash_of("aws-x86_64", None, predictors)


# Another version of a tool gives other bytes: uv's installation, zlib's compression, Python's zip archive.
@pytest.mark.parametrize(
    ("module", "name", "other"),
    [
        (archive_inputs, "version", "0.0.0".format),
        (zlib, "ZLIB_RUNTIME_VERSION", "0.0.0"),
        (sys, "version", "0.0.0"),
        (platform, "platform", "another".format),
    ],
    ids=["uv", "zlib", "Python", "platform"],
)
def test_the_hash_covers_the_tools_that_pack(
    predictors: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, other: object
):
    before = inputs_hash(predictors)
    monkeypatch.setattr(module, name, other)
    assert inputs_hash(predictors) != before


# The pages need their styles and scripts as much as their HTML.
def test_every_file_of_the_service_is_packed_for_instances_and_no_cache():
    files = {
        path.relative_to(archive_inputs.ROOT).as_posix()
        for path in archive_inputs.service_files(archive_inputs.TARGETS["aws-arm64"])
    }
    assert files == {
        path.relative_to(archive_inputs.ROOT).as_posix()
        for path in archive_inputs.ROOT.glob("service/**/*")
        if path.suffix not in NOT_SERVED
        and not re.search(r"/(\.|__pycache__/)", path.as_posix())
        and path.is_file()
    }


def test_a_function_gets_the_modules_that_it_imports_and_all_other_files():
    files = {
        path.relative_to(archive_inputs.ROOT).as_posix()
        for path in archive_inputs.service_files(archive_inputs.TARGETS["lambda-arm64"])
    }
    assert {"service/lambda_handler.py", "service/page/templates/page.html"} <= files
    assert "service/main.py" not in files


@pytest.mark.parametrize(("kind", "needs_onnx"), [("onnx", True), ("linear", False), ("trees", False)])
@pytest.mark.parametrize("target", ["local", "aws-x86_64", "lambda-arm64"])
def test_onnx_runtime_is_installed_for_predictors_of_its_kind_only(
    kind: str, target: str, tmp_path: Path, *, needs_onnx: bool
):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "manifest.json").write_text(f'{{"kind": "{kind}"}}')
    its = archive_inputs.TARGETS[target]
    own = wheels.FUNCTION_REQUIREMENTS if its.is_function else wheels.REQUIREMENTS
    expected = (own, wheels.ONNX_REQUIREMENTS) if needs_onnx else (own,)
    assert archive_inputs.requirements_of(its, tmp_path) == expected


# An instance compiles at its boot, with the patch version of its own Python.
@pytest.mark.parametrize("target", ["aws-arm64", "aws-x86_64"])
def test_modules_for_instances_are_not_compiled(target: str):
    assert archive_inputs.compiler_for(archive_inputs.TARGETS[target]) is None


@pytest.mark.parametrize("target", ["local", "lambda-local"])
def test_modules_for_this_machine_are_compiled_by_this_python(target: str):
    assert archive_inputs.compiler_for(archive_inputs.TARGETS[target]) == COMPILER
