"""Short text of invalid input in error responses."""

from __future__ import annotations

from typing import Any

import pytest

from service.http.input_echo import echo


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("abc", "abc"),
        ("", ""),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("é" * 101, "é" * 99 + "…"),
        ("a\ud800b", "a?b"),  # half a surrogate pair has no UTF-8
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        (float("nan"), "NaN"),
        (10**200, "1" + "0" * 98 + "…"),
        ({"a": 1}, "an object"),
        ([1], "an array"),
        (b"x", "something else"),
    ],
)
def test_input_is_shown_as_text_of_up_to_100_characters(given: Any, shown: str):
    assert echo(given) == shown
