"""What decides whether an archive is packed anew: all that decides what it holds."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scripts.packaging import archive, pack, wheels
from scripts.packaging.interpreters import this_interpreter

if TYPE_CHECKING:
    from types import ModuleType

COMPILER: Final = this_interpreter()


def hashed(predictors: Path, target: str = "local") -> str:
    return pack.hash_of_inputs(target, COMPILER, predictors)


def test_the_same_inputs_have_the_same_hash(predictors: Path):
    assert hashed(predictors) == hashed(predictors)


@pytest.mark.parametrize(
    ("target", "name"),
    [("local", "REQUIREMENTS"), ("aws-arm64", "REQUIREMENTS"), ("lambda-arm64", "FUNCTION_REQUIREMENTS")],
)
def test_the_pins_are_among_them(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, name: str
):
    before = hashed(predictors, target)
    pins = getattr(wheels, name)
    # The folder is part of what is hashed, so that both are copies in the same place.
    copy = Path(shutil.copy(pins, tmp_path))
    monkeypatch.setattr(wheels, name, copy)
    unchanged = hashed(predictors, target)
    copy.write_text(copy.read_text().replace("==", "===", 1))
    assert len({before, unchanged, hashed(predictors, target)}) == 3


@pytest.mark.parametrize("module", [pack, archive, wheels], ids=lambda module: module.__name__)
def test_the_program_itself_is_among_them(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType
):
    copy = Path(shutil.copy(str(module.__file__), tmp_path))
    monkeypatch.setattr(module, "__file__", str(copy))
    before = hashed(predictors)
    copy.write_text(copy.read_text() + "\n")
    assert hashed(predictors) != before


@pytest.mark.parametrize("name", ["service/model/predictor.py", "service/page/templates/page.html"])
def test_the_service_is_among_them(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    shutil.copytree(pack.ROOT / "service", tmp_path / "service")
    monkeypatch.setattr(pack, "ROOT", tmp_path)
    before = hashed(predictors)
    changed = next(path for path in sorted(tmp_path.rglob(Path(name).name)))
    changed.write_text(changed.read_text() + "\n")
    assert hashed(predictors) != before


@pytest.mark.parametrize("name", ["predictor.json", "manifest.json"])
def test_the_predictors_are_among_them(predictors: Path, tmp_path: Path, name: str):
    folder = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    before = hashed(folder)
    changed = next(folder.glob(f"*/{name}"))
    changed.write_text(changed.read_text() + " ")
    assert hashed(folder) != before


def test_the_target_and_who_compiles_for_it_are_among_them(predictors: Path):
    other = replace(COMPILER, version="3.99.0")
    hashes = {
        hashed(predictors),
        hashed(predictors, "lambda-local"),
        pack.hash_of_inputs("local", other, predictors),
        pack.hash_of_inputs("local", None, predictors),
    }
    assert len(hashes) == 4
