"""Differences between what a stack serves and what would be packed now."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from scripts.packaging.archive_build import packed_sha256
from scripts.rollout.unreleased import changes_sentence, predictor_changes
from tests.scripts.packed import run


def test_each_predictor_that_differs_is_named_with_what_happened_to_it():
    served = {"same": "1", "again": "1", "removed": "1"}
    trained = {"same": "1", "again": "2", "new": "1"}
    assert predictor_changes(served, trained) == [
        "again was trained again",
        "new is new",
        "removed was removed",
    ]
    assert predictor_changes(served, served) == []


def test_a_service_that_hides_its_predictors_is_still_reported_as_changed(predictors: Path):
    expected = "Changed since it was packed: predictors or the service."
    assert changes_sentence(None, predictors) == expected
    assert changes_sentence("http://127.0.0.1:1", predictors) == expected


# An archive is packed on the way, so that this takes seconds.
def test_content_that_was_packed_before_is_recognised_until_it_changes(predictors: Path, tmp_path: Path):
    folder = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    output = tmp_path / "archives"
    assert packed_sha256("aws-arm64", folder, output) is None
    first = json.loads(run("aws-arm64", folder, output, "--format", "json").stdout)["sha256"]
    assert packed_sha256("aws-arm64", folder, output) == first
    manifest = folder / "iris-bayes" / "manifest.json"
    original = manifest.read_text()
    manifest.write_text(original + " ")
    assert packed_sha256("aws-arm64", folder, output) is None
    second = json.loads(run("aws-arm64", folder, output, "--format", "json").stdout)["sha256"]
    assert packed_sha256("aws-arm64", folder, output) == second != first
    manifest.write_text(original)
    assert packed_sha256("aws-arm64", folder, output) == first
