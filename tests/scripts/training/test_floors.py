"""Floors of scores, at their limits."""

from __future__ import annotations

from math import nan

import pytest

from scripts.training.floors import accuracy_refusal, r2_refusal


# At least the floor is enough, and as much as a guess without any feature is not.
@pytest.mark.parametrize(
    ("accuracy", "floor", "baseline", "is_refused"),
    [
        (0.9, None, None, False),
        (0.899, None, None, True),
        (0.5, 0.5, None, False),
        (0.499, 0.5, None, True),
        (0.801, None, 0.8, False),
        (0.8, None, 0.8, True),
        (0.4, 0.3, 0.8, False),
        (0.3, 0.3, 0.8, False),
        (0.299, 0.3, 0.8, True),
        (0.0, 0.0, 0.8, False),
    ],
)
def test_an_accuracy_equals_its_floor_at_least_and_exceeds_a_guess(
    accuracy: float, floor: float | None, baseline: float | None, *, is_refused: bool
):
    assert bool(accuracy_refusal("wine", accuracy, floor, baseline)) is is_refused


@pytest.mark.parametrize(
    ("r2", "floor", "is_refused"),
    [
        (0.001, None, False),
        (0.0, None, True),
        (-0.1, None, True),
        (0.5, 0.5, False),
        (0.499, 0.5, True),
        (0.0, 0.0, False),
        (-0.5, -0.5, False),
        (-0.501, -0.5, True),
        (nan, None, True),
        (nan, -0.5, True),
    ],
)
def test_r2_equals_its_floor_at_least_and_exceeds_that_of_the_mean(
    r2: float, floor: float | None, *, is_refused: bool
):
    assert bool(r2_refusal("wine", r2, floor)) is is_refused
