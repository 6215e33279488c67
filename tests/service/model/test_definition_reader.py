"""The definition of a model in its manifest: what is read, and every mistake in one line."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from service.iris.definition import IRIS
from service.model.definition import DefinitionError, definition_bytes, row_values
from service.model.definition_reader import read_definition
from service.model.feature import FeatureValueError
from service.model.registry import PredictorError, load_predictor
from tests.service.model.corrupt import copy_predictor, rewrite

if TYPE_CHECKING:
    from pathlib import Path

HUGE = 10**400
"""An integer beyond every float."""

HOUSES: dict[str, Any] = {
    "name": "houses",
    "task": "regression",
    "unit": "EUR",
    "features": [
        {
            "name": "living area",
            "short_name": "area",
            "type": "number",
            "unit": "m2",
            "unit_name": "square metres",
            "description": "Area of all rooms",
            "minimum": 10,
            "maximum": 1000.5,
        },
        {"name": "rooms", "short_name": "rooms", "type": "integer", "minimum": 1, "maximum": 20},
        {"name": "heating", "short_name": "heating", "type": "category", "levels": ["gas", "heat pump"]},
        {
            "name": "age",
            "short_name": "age",
            "type": "number",
            "minimum": -1,
            "maximum": 300,
            "optional": True,
        },
    ],
    "response_key": "price",
    "example": {"area": 80.5, "rooms": 3, "heating": "gas", "age": None},
}


def mistakes(**changes: object) -> str:
    with pytest.raises(DefinitionError) as raised:
        read_definition(copy.deepcopy(HOUSES) | changes)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    return message


def test_values_of_every_type_are_read_into_a_row_and_back():
    definition = read_definition(HOUSES)
    row = definition.row({"area": "80.5", "rooms": 3, "heating": "heat pump", "age": ""})
    assert row[:3] == (80.5, 3.0, 1.0)
    assert math.isnan(row[3])
    assert row_values(definition, row) == {"area": 80.5, "rooms": 3.0, "heating": "heat pump", "age": None}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("area", "9.9", "a number of square metres from 10 to 1000.5"),
        ("area", math.nan, "a number of square metres from 10 to 1000.5"),
        ("area", None, "a number of square metres from 10 to 1000.5"),
        ("rooms", 2.5, "a whole number from 1 to 20"),
        ("rooms", True, "a whole number from 1 to 20"),
        ("heating", "coal", "one of gas, heat pump"),
        ("heating", 0, "one of gas, heat pump"),
        ("heating", ["gas"], "one of gas, heat pump"),
        ("age", "x", "a number from -1 to 300, or nothing if it is unknown"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_in_words(name: str, value: object, allowed: str):
    definition = read_definition(HOUSES)
    valid = {"area": 80, "rooms": 3, "heating": "gas"}
    with pytest.raises(FeatureValueError) as raised:
        definition.row(valid | {name: value})
    assert str(raised.value) == allowed


def test_a_whole_number_may_be_written_with_decimals_as_in_json_schema():
    assert read_definition(HOUSES).row(dict(HOUSES["example"], rooms="3.0"))[1] == 3.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, True) for value in (101, "-1", "1e3", HUGE, math.inf)),
        *((value, False) for value in (5, "5", "abc", "nan", True, None, math.nan)),
    ],
)
def test_only_a_number_that_the_range_excludes_is_out_of_range(value: object, expected: object):
    assert read_definition(IRIS).features[0].is_out_of_range(value) is expected


def test_a_level_that_there_is_not_is_out_of_range():
    heating = read_definition(HOUSES).features[2]
    assert heating.is_out_of_range("coal")
    assert not heating.is_out_of_range("gas")
    assert not heating.is_out_of_range(3)


def test_every_mistake_is_named_at_once_with_its_key_its_value_and_what_is_allowed():
    features = copy.deepcopy(HOUSES["features"])
    features[0] |= {"minimum": "ten", "colour": "red"}
    features[1] |= {"maximum": 0}
    del features[2]["levels"]
    features[3] |= {"short_name": "detail", "optional": 1}
    message = mistakes(features=features, task="ranking", response_key="the price", name="Houses")
    for mistake in (
        'name is "Houses", but must be 1 to 63 characters of a-z, 0-9, and - inside',
        'task is "ranking", but must be one of classification, regression',
        'response_key is "the price", but must be a letter and up to 62 letters, digits or underscores',
        'features[0].minimum is "ten", but must be a finite number',
        'features[0]."colour" is "red", but must be absent',
        "features[1].maximum is 0, but must be at least its minimum, 1",
        "features[2].levels is missing",
        'features[3].short_name is "detail", but must be a letter',
        "features[3].optional is 1, but must be true or false",
        "classes is missing",
    ):
        assert mistake in message


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"features": []}, "features is [], but must be a list of 1 to 1000 features"),
        ({"features": {}}, "features is {}, but must be a list"),
        ({"features": [3]}, "features[0] is 3, but must be an object"),
        (
            {"example": {**HOUSES["example"], "rooms": 21}},
            "example.rooms is 21, but must be a whole number from 1",
        ),
        ({"example": {}}, "example.area is null, but must be a number of square metres from 10 to 1000.5"),
        ({"example": {**HOUSES["example"], "pool": 1}}, "example.pool is 1, but must be absent"),
        ({"example": []}, "example is [], but must be an object"),
        (
            {"hooks": ["os.system"]},
            'hooks is ["os.system"], but must be a list with up to one of iris.exchange',
        ),
        ({"hooks": ["iris.exchange"]}, 'hooks is ["iris.exchange"], but must be absent'),
        ({"hooks": 1}, "hooks is 1, but must be a list"),
        ({"classes": ["a"]}, '"classes" is ["a"], but must be absent'),
        (
            {"task": "classification", "classes": ["a", "a"]},
            "but must be a list of 1 to 1000 different names",
        ),
        ({"task": "classification", "classes": [["a"]]}, "but must be a list of 1 to 1000 different names"),
        ({"response_key": "probabilities"}, 'response_key is "probabilities", but must be'),
        ({"features": [HOUSES["features"][0]] * 2}, "features[1].short_name is"),
        ({"description": "\ud800"}, "description is"),
        ({"title": "a\nb"}, 'title is "a\\nb", but must be 1 to 100 printable characters'),
        ({"name": HUGE}, "name is 1000"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, object], mistake: str):
    assert mistake in mistakes(**changes)


@pytest.mark.parametrize("content", [None, [], 3, "iris"])
def test_a_definition_is_an_object(content: object):
    with pytest.raises(DefinitionError, match=r"definition is .*, but must be an object"):
        read_definition(content)


def test_the_order_of_keys_does_not_change_the_hash():
    assert definition_bytes(dict(reversed(IRIS.items()))) == definition_bytes(IRIS)


def test_a_definition_is_covered_by_the_hash_of_its_predictor(predictors_folder: Path, tmp_path: Path):
    folder = copy_predictor(predictors_folder / "iris-logistic", tmp_path / "iris-logistic")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"maximum": 100', '"maximum": 1000', 1))
    with pytest.raises(PredictorError, match="or its definition was changed"):
        load_predictor(folder)


def test_a_corrupt_definition_is_refused_in_one_line_with_every_mistake(
    predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / "iris-logistic", tmp_path / "iris-logistic")

    def corrupt(manifest: Any) -> None:
        for feature in manifest["definition"]["features"]:
            feature |= {"minimum": "x" * 1_000, "type": "length"}

    rewrite(folder, manifest=corrupt)
    with pytest.raises(PredictorError) as raised:
        load_predictor(folder)
    message = str(raised.value)
    assert message.count("but must be a finite number") == message.count('.type is "length"') == 4
    assert len(message.splitlines()) == 1


def test_a_predictor_without_a_definition_is_refused_with_the_command_that_trains_it_again(
    predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / "iris-logistic", tmp_path / "iris-logistic")
    manifest, packed = folder / "manifest.json", (folder / "predictor.json").read_bytes()
    content = json.loads(manifest.read_text()) | {"version": hashlib.sha256(packed).hexdigest()}
    del content["definition"]
    manifest.write_text(json.dumps(content))
    with pytest.raises(PredictorError, match="train it again with `iris train`"):
        load_predictor(folder)


def test_features_and_classes_of_the_card_are_those_of_the_definition(
    predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / "iris-logistic", tmp_path / "iris-logistic")
    rewrite(folder, manifest=lambda manifest: manifest["classes"].reverse())
    with pytest.raises(PredictorError, match="other classes than its definition"):
        load_predictor(folder)
