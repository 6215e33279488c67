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


def changed(key: str, value: object) -> dict[str, Any]:
    """Return the definition of houses with another value of a key, or of a key of its first feature."""
    content = copy.deepcopy(HOUSES)
    if key.startswith("feature."):
        content["features"][0][key.removeprefix("feature.")] = value
    else:
        content[key] = value
    return content


@pytest.mark.parametrize(
    ("key", "longest", "too_long"),
    [
        ("name", "a" * 63, "a" * 64),
        ("name", "0", ""),
        ("name", "a-b", "a-"),
        ("name", "7b", "-b"),
        ("title", "a" * 100, "a" * 101),
        ("title", "é", ""),
        ("description", "a" * 2_000, "a" * 2_001),
        ("unit", "a" * 100, "a" * 101),
        ("item", "a" * 100, "a" * 101),
        ("items", "a" * 100, "a" * 101),
        ("response_key", "a" * 63, "a" * 64),
        ("response_key", "a_9", "_a"),
        *(
            ("response_key", f"{key}_", key)
            for key in ("error", "errors", "notes", "predictor", "probabilities", "row", "swapped", "version")
        ),
        ("feature.name", "a" * 100, "a" * 101),
        ("feature.unit", "a" * 100, "a" * 101),
        ("feature.unit_name", "a" * 100, "a" * 101),
        ("feature.description", "", "a" * 2_001),
        ("feature.minimum", 80.5, 80.6),  # the example is 80.5
        ("feature.maximum", 80.5, 80.4),
        ("feature.optional", True, 0),
    ],
)
def test_the_last_value_that_is_allowed_is_read_and_the_next_one_is_refused(
    key: str, longest: object, too_long: object
):
    read_definition(changed(key, longest))
    with pytest.raises(DefinitionError):
        read_definition(changed(key, too_long))


def test_a_range_can_be_one_number_and_none_the_wrong_way_round():
    for maximum, is_read in ((80.5, True), (80.4, False)):
        content = changed("feature.minimum", 80.5)
        content["features"][0]["maximum"] = maximum
        assert _is_read(content) is is_read


@pytest.mark.parametrize("name", ["detail", "lang", "predictor", "9a", "a" * 64, "a-b", ""])
def test_a_feature_cannot_have_a_name_that_requests_have_for_something_else(name: str):
    content = changed("feature.short_name", name)
    content["example"] = {name: 80.5, "rooms": 3, "heating": "gas"}
    with pytest.raises(DefinitionError, match="short_name"):
        read_definition(content)


def test_a_definition_has_up_to_a_thousand_classes_and_features():
    labels = [str(number) for number in range(1_001)]
    task = {"task": "classification", "response_key": "kind"}
    for classes, is_read in ((labels[:1_000], True), (labels, False)):
        content = {key: value for key, value in HOUSES.items() if key != "unit"} | task | {"classes": classes}
        assert _is_read(content) is is_read
    feature = {"name": "x", "type": "number", "minimum": 0, "maximum": 1}
    for names, is_read in ((labels[:1_000], True), (labels, False)):
        features = [feature | {"short_name": f"x{name}"} for name in names]
        example = {f"x{name}": 0.5 for name in names}
        assert _is_read(HOUSES | {"features": features, "example": example}) is is_read


def _is_read(content: dict[str, Any]) -> bool:
    try:
        read_definition(content)
    except DefinitionError:
        return False
    return True


# The hook computes with the features in its own order.
def test_a_hook_needs_its_features_in_its_order():
    content = copy.deepcopy(IRIS)
    content["features"].reverse()
    with pytest.raises(DefinitionError, match="hooks"):
        read_definition(content)
