from __future__ import annotations

from decimal import Decimal

import pytest

from scripts.cost.output.messages import message
from scripts.cost.output.render import as_csv, format_cell, records
from scripts.cost.output.tables import Column, Table


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
        (0.000_015, "fine", "<0.0001"),
        (0.000_05, "fine", "0.0001"),
        (0.0, "fine", "0.0000"),
    ],
)
def test_little_is_not_written_as_none_nor_nearly_all_as_all(value: float, kind: str, text: str):
    assert format_cell(value, kind, "en") == text  # pyright: ignore[reportArgumentType] (parametrized)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (1e7, "10,000,000"),
        (1.56547e7, "15,654,700"),
        (1_234_567.8, "1,234,570"),
        (2_000.0, "2,000"),
        (7.82735, "7.82735"),
        (1e-9, "0.000000001"),
    ],
)
def test_a_sentence_has_no_number_with_an_exponent(rate: float, text: str):
    assert message("Demand: {mean:,.6g}", mean=rate).text("en") == f"Demand: {text}"


def test_an_exact_amount_has_no_exponent():
    columns = (Column("nothing", "usd"), Column("much", "usd"), Column("little", "usd"))
    row = (Decimal("0E-24"), Decimal("1E+7"), Decimal("0.00000001230"))
    table = Table(key="it", title="", columns=columns, rows=(row,))
    assert as_csv(table).splitlines()[1] == "0,10000000,0.0000000123"
    assert records([table])["it"] == {
        "rows": [{"nothing": "0", "much": "10000000", "little": "0.0000000123"}]
    }
