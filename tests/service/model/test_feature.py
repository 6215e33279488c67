import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.iris.definition import MAX_CENTIMETRES
from service.model.feature import Feature, FeatureValueError, number_text
from tests.iris import DEFINITION, FEATURES

lengths = st.floats(0, MAX_CENTIMETRES)
parse_length = DEFINITION.features[0].parse


def test_the_lengths_come_in_the_order_petal_length_petal_width_sepal_length_sepal_width():
    assert FEATURES == ("pl", "pw", "sl", "sw")


@given(lengths)
def test_a_number_and_its_text_are_the_same_length(length: float):
    assert parse_length(length) == parse_length(repr(length)) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [("0", 0), ("5.", 5), (".5", 0.5), ("100", 100), ("1e1", 10), ("1E+1", 10), ("5e-1", 0.5), ("007", 7)],
)
def test_every_notation_of_a_decimal_number_is_parsed(text: str, length: float):
    assert parse_length(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "-1",
        "100.01",
        "1_0",
        " 1",
        "1\n",
        "٣",
        "1,5",
        "0x1",
    ],
)
def test_text_that_is_not_a_length_is_refused(text: str):
    with pytest.raises(FeatureValueError):
        parse_length(text)


@pytest.mark.parametrize(
    "given_value",
    [None, True, False, [1], {"cm": 1}, b"1", 1j, math.nan, math.inf, -0.001, 100.001, 10**400],
)
def test_other_types_and_numbers_out_of_range_are_refused(given_value: object):
    with pytest.raises(FeatureValueError):
        parse_length(given_value)


@given(st.text())
def test_any_text_is_a_length_in_range_or_refused(text: str):
    try:
        length = parse_length(text)
    except FeatureValueError:
        return
    assert 0 <= length <= MAX_CENTIMETRES


@pytest.mark.parametrize("text", ["9" * 1_000_000 + "x", "." + "9" * 1_000_000 + "x", "1e" + "9" * 1_000_000])
def test_a_long_text_is_refused_in_linear_time(text: str):
    started = time.process_time()
    with pytest.raises(FeatureValueError):
        parse_length(text)
    assert time.process_time() - started < 10  # hours, if digits could be matched in two ways


# Errors and notes show limits: a limit that is rounded would refuse what it seems to allow.
@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((0.0, "0"), (-1.0, "-1"), (100.0, "100"), (0.1, "0.1"), (1_000_000.0, "1e+06")),
        *((1_234_567.0, "1234567.0"), (0.123_456_78, "0.12345678"), (1e300, "1e+300")),
        (2.0**53 - 1, "9007199254740991.0"),
    ],
)
def test_a_number_is_shown_as_short_as_it_can_be_read_back(number: float, text: str):
    assert number_text(number) == text
    assert float(text) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_rounded_when_it_is_shown(number: float):
    assert float(number_text(number)) == number


@pytest.mark.parametrize(
    ("properties", "allowed"),
    [
        ({"maximum": 10}, "a number from 0 to 10"),
        ({"maximum": 10, "unit": "cm"}, "a number of cm from 0 to 10"),
        ({"maximum": 10, "unit": "cm", "unit_name": "centimetres"}, "a number of centimetres from 0 to 10"),
        ({"minimum": -3, "maximum": 10, "type": "integer"}, "a whole number from -3 to 10"),
        ({"maximum": 10, "optional": True}, "a number from 0 to 10, or nothing if it is unknown"),
        ({"levels": ["gas", "oil"], "type": "category"}, "one of gas, oil"),
    ],
)
def test_what_is_allowed_is_named_in_words(properties: dict[str, Any], allowed: str):
    assert Feature(name="long", short_name="x", **properties).allowed == allowed


def test_a_missing_value_is_known_as_such_only_where_one_may_be_missing():
    known, optional = (
        Feature(name="long", short_name="x", maximum=10, optional=is_optional)
        for is_optional in (False, True)
    )
    for missing in (None, ""):
        assert math.isnan(optional.parse(missing))
        with pytest.raises(FeatureValueError):
            known.parse(missing)
    levels = Feature(name="long", short_name="x", type="category", levels=["gas", "oil"], optional=True)
    assert math.isnan(levels.parse(None))
    assert [levels.parse(level) for level in ("gas", "oil")] == [0.0, 1.0]


NUMBER: dict[str, Any] = {"minimum": 1, "maximum": 10}
INTEGER: dict[str, Any] = {"minimum": 1, "maximum": 10, "type": "integer"}
CATEGORY: dict[str, Any] = {"levels": ["gas", "oil"], "type": "category"}


# The metrics count values that only the range or the levels exclude: they show that the data has changed.
@pytest.mark.parametrize(
    ("properties", "value", "is_out"),
    [
        *(
            (NUMBER, value, False)
            for value in (1, 10, 5.5, "1", "10.0", "abc", "", None, True, [11], math.nan)
        ),
        *((NUMBER, value, True) for value in (0.99, 10.01, -5, "0", "11", "1e999", math.inf, 10**400)),
        *((INTEGER, value, False) for value in (1, 10, 2.5, "10", "x")),
        *((INTEGER, value, True) for value in (0, 11, "11", 11.5)),
        *((CATEGORY, value, False) for value in ("gas", "oil", "", None, 0, True)),
        *((CATEGORY, value, True) for value in ("coal", "Gas", " gas")),
    ],
)
def test_a_value_is_out_of_range_if_only_the_range_excludes_it(
    properties: dict[str, Any], value: object, *, is_out: bool
):
    assert Feature(name="long", short_name="x", **properties).is_out_of_range(value) is is_out


@pytest.mark.parametrize(
    ("properties", "accepted", "refused"),
    [
        (NUMBER, (1, 1.0, 10, "10"), (0.999_999, 10.000_001)),
        (INTEGER, (1, 2.0, "10"), (0, 11, 1.5, "1.5")),
        (CATEGORY, ("gas", "oil"), ("coal", "", 0, 1)),
    ],
)
def test_the_ends_of_a_range_are_part_of_it(
    properties: dict[str, Any], accepted: tuple[object, ...], refused: tuple[object, ...]
):
    feature = Feature(name="long", short_name="x", **properties)
    for value in accepted:
        assert feature.minimum <= feature.parse(value) <= feature.maximum
    for value in refused:
        with pytest.raises(FeatureValueError):
            feature.parse(value)


def test_a_category_has_the_range_of_its_indices():
    feature = Feature(name="long", short_name="x", type="category", levels=["a", "b", "c"])
    assert (feature.minimum, feature.maximum) == (0.0, 2.0)
    assert [feature.parse(level) for level in feature.levels] == [0.0, 1.0, 2.0]
