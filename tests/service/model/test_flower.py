import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.flower import FEATURES, MAX_CENTIMETRES, Flower, LengthError, parse_length, unswap

lengths = st.floats(0, MAX_CENTIMETRES)
flowers = st.builds(Flower, lengths, lengths, lengths, lengths)


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
    with pytest.raises(LengthError):
        parse_length(text)


@pytest.mark.parametrize(
    "given_value",
    [None, True, False, [1], {"cm": 1}, b"1", 1j, math.nan, math.inf, -0.001, 100.001, 10**400],
)
def test_other_types_and_numbers_out_of_range_are_refused(given_value: object):
    with pytest.raises(LengthError):
        parse_length(given_value)


@given(st.text())
def test_any_text_is_a_length_in_range_or_refused(text: str):
    try:
        length = parse_length(text)
    except LengthError:
        return
    assert 0 <= length <= MAX_CENTIMETRES


@pytest.mark.parametrize("text", ["9" * 1_000_000 + "x", "." + "9" * 1_000_000 + "x", "1e" + "9" * 1_000_000])
def test_a_long_text_is_refused_in_linear_time(text: str):
    started = time.process_time()
    with pytest.raises(LengthError):
        parse_length(text)
    assert time.process_time() - started < 10  # hours, if digits could be matched in two ways


@given(flowers)
def test_no_unswapped_flower_has_petals_both_longer_and_wider_than_its_sepals(flower: Flower):
    turned, _ = unswap(flower)
    assert turned.pl <= turned.sl or turned.pw <= turned.sw


@given(flowers)
def test_a_flower_is_reported_as_swapped_exactly_if_petals_and_sepals_were_exchanged(flower: Flower):
    turned, swapped = unswap(flower)
    exchanged = Flower(pl=flower.sl, pw=flower.sw, sl=flower.pl, sw=flower.pw)
    assert turned == (exchanged if swapped else flower)
    assert swapped == (flower.pl > flower.sl and flower.pw > flower.sw)


@given(flowers)
def test_unswapping_twice_changes_nothing_more(flower: Flower):
    turned, _ = unswap(flower)
    assert unswap(turned) == (turned, False)


def test_a_petal_that_is_only_longer_or_only_wider_is_left_as_it_is():
    longer, wider = Flower(6, 0.2, 5, 3), Flower(1, 4, 5, 3)
    assert unswap(longer) == (longer, False)
    assert unswap(wider) == (wider, False)
