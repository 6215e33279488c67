"""Libraries that a command installs when it needs them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from scripts.console import extras
from scripts.console.extras import ExtraError, require

if TYPE_CHECKING:
    from pathlib import Path


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
