from __future__ import annotations

import pytest

from service.http.agreement import noun_for


@pytest.mark.parametrize(
    ("number", "words", "noun"),
    [
        (0, ("row",), "rows"),
        (1, ("row",), "row"),
        (2, ("row",), "rows"),
        (1, ("batch", "batches"), "batch"),
        (2, ("batch", "batches"), "batches"),
    ],
)
def test_only_one_thing_is_in_the_singular(number: int, words: tuple[str, ...], noun: str):
    assert noun_for(number, *words) == noun
