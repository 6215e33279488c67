"""Notes about values far from the training data, and known answers within their tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from service.model.definition_reader import read_definition
from service.model.feature import Feature
from service.model.linear import Linear
from service.model.predictor import FeatureRange, Predictor
from tests.iris import DEFINITION, FEATURES
from tests.service.houses import DEFINITION as HOUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.model.registry import Predictors

AREA = Feature(name="living area", short_name="area", unit="m2", minimum=-100, maximum=1_000)
CARD: dict[str, Any] = {"long_name": "living area", "unit": "m2", "minimum": 20, "maximum": 120}


# A note is about a value that is outside by more than a tenth of the range, which here is from 20 to 120.
@pytest.mark.parametrize(
    ("value", "is_noted"),
    [
        (9.99, True),
        (10.0, False),
        (20.0, False),
        (70.0, False),
        (120.0, False),
        (130.0, False),
        (130.01, True),
        (-50.0, True),
        (math.nan, False),  # missing
    ],
)
def test_a_value_has_a_note_from_a_tenth_of_the_range_beyond_it(value: float, *, is_noted: bool):
    note = FeatureRange(AREA, CARD).note(value)
    assert note == (
        f"A living area of {value:g} m2 is far outside the training data: 20 to 120 m2." if is_noted else None
    )


def test_a_note_without_a_unit_has_none():
    note = FeatureRange(AREA, CARD | {"unit": ""}).note(200)
    assert note == "A living area of 200 is far outside the training data: 20 to 120."


def test_a_category_has_no_note():
    heating = Feature(name="heating", short_name="heating", type="category", levels=["gas", "oil"])
    assert FeatureRange(heating, {"long_name": "heating", "unit": ""}).note(1.0) is None


ROW = {"area": 80.5, "rooms": 3, "heating": "gas"}


def houses(price: float, answered: float = 1_000.0, **manifest: Any) -> Predictor:
    """Predictor that was trained to answer a price, and now answers another one."""
    features = [
        {"name": "area", "long_name": "area", "unit": "", "minimum": 20, "maximum": 300},
        {"name": "rooms", "long_name": "rooms", "unit": "", "minimum": 1, "maximum": 9},
        {"name": "heating", "long_name": "heating", "unit": ""},
    ]
    content: dict[str, Any] = {
        "name": "houses",
        "version": "ab",
        "kind": "linear",
        "features": features,
        "classes": [],
        "metrics": {},
        "trained_at": "2026-01-31T12:00:00Z",
        "known_answers": [{"values": ROW, "price": price}],
    }
    model = Linear([[0.0, 0.0, 0.0]], [answered], [1_000.0, 20.0, 1.0])
    return Predictor(content | manifest, read_definition(HOUSES), lambda: model)


# exp() differs in its last bits between C libraries; single precision has seven digits.
@pytest.mark.parametrize(
    ("price", "manifest", "is_reproduced"),
    [
        (1_000.0, {}, True),
        (1_000.0 * (1 + 0.9e-9), {}, True),
        (1_000.0 * (1 - 1.1e-9), {}, False),
        (1_000.0 * (1 + 0.9e-5), {"precision": "single"}, True),
        (1_000.0 * (1 + 1.1e-5), {"precision": "single"}, False),
        (1_000.0 * (1 + 0.9e-5), {"precision": "double"}, False),
    ],
)
def test_a_known_value_may_differ_by_the_rounding_of_its_precision(
    price: float, manifest: dict[str, Any], *, is_reproduced: bool
):
    assert houses(price, **manifest).reproduces_known_answers() is is_reproduced


@pytest.mark.parametrize(("price", "is_reproduced"), [(0.0, True), (0.9e-9, True), (-1.1e-9, False)])
def test_a_known_value_of_nothing_may_differ_as_a_probability_may(price: float, *, is_reproduced: bool):
    assert houses(price, answered=0.0).reproduces_known_answers() is is_reproduced


def test_every_known_answer_counts():
    answers = [{"values": ROW, "price": price} for price in (1_000.0, 1_000.0, 1_001.0)]
    assert houses(0, known_answers=answers[:2]).reproduces_known_answers()
    assert not houses(0, known_answers=answers).reproduces_known_answers()
    assert not houses(0, known_answers=answers[::-1]).reproduces_known_answers()


def test_a_regression_has_no_accuracy_and_its_card_no_known_answers():
    predictor = houses(1_000.0, metrics={"r2": 0.9})
    assert predictor.accuracy is None
    assert "known_answers" not in predictor.card
    assert predictor.card["metrics"] == {"r2": 0.9}


def test_an_imported_classifier_has_no_accuracy_as_it_was_not_cross_validated(predictors: Predictors):
    trained = predictors.default
    given = dict(zip(FEATURES, trained.known_answers[0].row, strict=True))
    known = {"values": given, "specie": "Iris Setosa", "probabilities": [1.0, 0.0, 0.0]}
    card = {**trained.card, "known_answers": [known]}
    assert Predictor(card, DEFINITION, lambda: trained.model).accuracy == trained.accuracy
    imported = {**card, "metrics": {}, "imported": {"from": "a file"}}
    assert Predictor(imported, DEFINITION, lambda: trained.model).accuracy is None


def renamed(name: object) -> Callable[[], Predictor]:
    return lambda: houses(1_000.0, name=name)


@pytest.mark.parametrize("name", ["a", "n" * 100])
def test_a_name_of_up_to_100_characters_is_kept(name: str):
    assert renamed(name)().name == name


@pytest.mark.parametrize("name", ["", "n" * 101, "a\nb", 7, None])
def test_any_other_name_is_refused(name: object):
    with pytest.raises(ValueError, match="not 1 to 100 printable characters"):
        renamed(name)()


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"known_answers": []}, "no known answer"),
        ({"classes": ["a"]}, "other classes than its definition"),
        ({"features": []}, "its features are"),
    ],
)
def test_a_manifest_that_its_definition_contradicts_is_refused(manifest: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        houses(1_000.0, **manifest)
