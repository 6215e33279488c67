"""Files of a predictor: their order and their date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from scripts.training.export import ExportedPredictor
from scripts.training.export_files import write_files

if TYPE_CHECKING:
    from pathlib import Path


def exported(version: str) -> ExportedPredictor:
    return ExportedPredictor(predictor=version.encode(), manifest={"name": "one", "version": version})


def date_in(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())["trained_at"]


def test_the_same_predictor_keeps_its_date_and_another_one_gets_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert write_files(exported("a"), tmp_path).changed
    assert date_in(tmp_path) == "1970-01-02T00:00:00Z"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert not write_files(exported("a"), tmp_path).changed
    assert date_in(tmp_path) == "1970-01-02T00:00:00Z"
    assert write_files(exported("b"), tmp_path).changed
    assert date_in(tmp_path) > "1970-01-02T00:00:00Z"


# The manifest has the hash of the other file: as long as it is the old one, the new file is refused.
def test_a_write_that_breaks_off_leaves_no_manifest_of_a_predictor_that_is_not_there(tmp_path: Path):
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(click.ClickException, match=r"Cannot write .*manifest\.json"):
        write_files(exported("a"), tmp_path)
    assert (tmp_path / "predictor.json").read_bytes() == b"a"
