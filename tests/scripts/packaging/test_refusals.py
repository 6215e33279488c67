"""Predictors that a refusal of a function that is too large names."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Final

import pytest

from scripts.packaging.archive_build import FunctionTooLargeError, require_fit
from scripts.packaging.archive_inputs import TARGETS
from scripts.packaging.refusals import size_refusal

if TYPE_CHECKING:
    from pathlib import Path

# AWS Lambda developer guide, "Lambda quotas": 250 MB unzipped, which are MiB.
LIMIT: Final = 250 * 2**20

SIZES: Final = {"small": 1_000, "also-small": 1_000, "the-largest": 5_000, "middle": 3_000}


@pytest.mark.parametrize(
    ("excess", "removed"),
    [
        (1, ["the-largest"]),
        (5_000, ["the-largest"]),
        (5_001, ["the-largest", "middle"]),
        (8_000, ["the-largest", "middle"]),
        (8_001, ["the-largest", "middle", "also-small"]),
        (9_001, ["the-largest", "middle", "also-small", "small"]),
    ],
)
def test_the_largest_predictors_are_named_until_the_rest_fits_exactly(
    excess: int, removed: list[str], tmp_path: Path
):
    for name, size in SIZES.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
        (folder / "predictor.json").touch()
        os.truncate(folder / "predictor.json", size - 2)
    line = size_refusal(LIMIT + excess, "lambda-arm64", tmp_path)
    command = shlex.split(line.partition("`")[2].partition("`")[0])
    assert command == ["rm", "-r", *(str(tmp_path / name) for name in removed)]


def test_all_parts_of_a_function_together_may_be_as_large_as_lambda_allows():
    function = TARGETS["lambda-arm64"]
    require_fit(function, [LIMIT - 1, 1])
    with pytest.raises(FunctionTooLargeError):
        require_fit(function, [LIMIT - 1, 2])
    require_fit(TARGETS["aws-arm64"], [LIMIT, LIMIT])
