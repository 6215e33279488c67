from __future__ import annotations

import pytest

from scripts.cost.output.render import format_cell


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.0004, "share", "<1%"),
        (0.0, "share", "0%"),
        (0.006, "share", "1%"),
        (0.9975, "share", ">99%"),
        (1.0, "share", "100%"),
        (0.42, "share", "42%"),
        (0.001, "number", "0.001"),
        (-0.00021, "number", "-0.0002"),
        (0.1, "number", "0.1"),
        (0.0, "number", "0"),
        (1_234.5, "number", "1,234.5"),
        (0.03, "whole", "<1"),
        (0.0, "whole", "0"),
        (1_234.5, "whole", "1,234"),
    ],
)
def test_little_is_not_written_as_none_nor_nearly_all_as_all(value: float, kind: str, text: str):
    assert format_cell(value, kind, "en") == text  # pyright: ignore[reportArgumentType] (parametrized)
