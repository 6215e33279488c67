"""Differences between what a stack serves and what would be packed now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.rollout.unreleased import changes_sentence, predictor_changes

if TYPE_CHECKING:
    from pathlib import Path


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
