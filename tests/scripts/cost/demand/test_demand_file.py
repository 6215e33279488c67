from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.cost.demand.demand_file import read_csv
from scripts.cost.demand.weekly_demand import DemandError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_has_a_day_or_a_week(tmp_path: Path):
    day = tmp_path / "day.csv"
    day.write_text("hour,requests_per_second\n" + "".join(f"{hour},{hour * 2}\n" for hour in range(24)))
    assert read_csv(day)[25] == 2
    week = tmp_path / "week.csv"
    week.write_text("".join(f"{hour}\n" for hour in range(168)))
    assert read_csv(week) == tuple(range(168))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("1\n2\n3\n", "3 hours"),
        ("1\nmany\n", "hour 2: 'many'"),
        ("", "0 hours"),
        ("\xff", "can't be read"),
    ],
)
def test_an_invalid_file_is_rejected_with_the_place(tmp_path: Path, content: str, complaint: str):
    path = tmp_path / "demand.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DemandError, match=complaint):
        read_csv(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_file_is_read_in_the_encoding_in_which_excel_saves_unicode_text(encoding: str, tmp_path: Path):
    path = tmp_path / "demand.txt"
    path.write_text("hora\tpeticiones\n" + "".join(f"{hour}\t1,5\n" for hour in range(24)), encoding=encoding)
    assert read_csv(path) == (1.5,) * 168


def test_a_missing_file_is_rejected(tmp_path: Path):
    with pytest.raises(DemandError, match=r"none\.csv"):
        read_csv(tmp_path / "none.csv")


def day(*lines: str, last: str) -> str:
    """Return a file with some first lines, and the same line for each of the 24 hours."""
    return "\n".join([*lines, *[last] * 24]) + "\n"


@pytest.mark.parametrize(
    ("content", "rate"),
    [
        pytest.param(day("hour;rate", last="0;1,5"), 1.5, id="decimal comma between semicolons"),
        pytest.param(day(last="1.5"), 1.5, id="decimal point"),
        pytest.param(day("hour\trate", last="0\t1,5"), 1.5, id="tabs"),
        pytest.param(day("hour,rate", last='0,"1,5"'), 1.5, id="decimal comma in quotes"),
        pytest.param(day("hour;rate", last="0;1.234,5"), 1_234.5, id="points between thousands"),
        pytest.param(day("hour,rate", last='0,"1,234.5"'), 1_234.5, id="commas between thousands"),
        pytest.param(day("hour,rate", last="0,1.234"), 1.234, id="three decimals without a comma anywhere"),
        pytest.param("\ufeff" + day("rate", last="2e3"), 2_000, id="byte order mark"),
        pytest.param("\ufeff" + day(last="7"), 7, id="byte order mark before a number"),
        pytest.param("".join(f"{hour},{5}\n" for hour in range(24)), 5, id="numbered hours"),
        pytest.param(
            "hour;rate\n" + "".join(f"{hour};12.5\n" for hour in range(24)),
            12.5,
            id="point between semicolons",
        ),
        pytest.param("".join(f"{hour % 24 + 1},7\n" for hour in range(168)), 7, id="hours of each day"),
        pytest.param("".join(f"2026-01-05T{hour:02},7\n" for hour in range(24)), 7, id="times"),
        pytest.param(day(last="0.0,1.5"), 1.5, id="two columns with points"),
        pytest.param("".join(f"{hour:02},{5}\n" for hour in range(24)), 5, id="hours of two digits"),
        pytest.param("".join(f"{hour + 1:02},{5}\n" for hour in range(24)), 5, id="two digits from 01 on"),
        pytest.param("".join(f"{hour},7\n" for hour in range(168)), 7, id="hours of a week"),
        pytest.param("".join(f"{hour + 1},7\n" for hour in range(168)), 7, id="hours of a week from 1 on"),
        pytest.param("".join(f"{hour % 24:02},7\n" for hour in range(168)), 7, id="two digits of each day"),
        pytest.param("".join(f"{hour:02},7\n" for hour in range(168)), 7, id="two digits of a week"),
        pytest.param("# made by hand\n\n" + day("rate", last="3") + "  # the end\n", 3, id="comments"),
        pytest.param(
            "hour;rate\n" + "0;12.5\n" * 12 + "0;12.500\n" * 12, 12.5, id="three decimals beside two"
        ),
        pytest.param(day("hour;rate", last="1;.5"), 0.5, id="no digit before the point"),
    ],
)
def test_a_plain_number_is_read_as_its_country_writes_it(tmp_path: Path, content: str, rate: float):
    path = tmp_path / "demand.csv"
    path.write_text(content, encoding="utf-8")
    assert read_csv(path) == (rate,) * 168


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(day(last="1,5"), "may be one number with a decimal comma", id="1,5"),
        pytest.param(day(last="1.234,5"), "may be one number with a decimal comma", id="1.234,5"),
        pytest.param(day(last="1 234,5"), "may be one number with a decimal comma", id="1 234,5"),
        pytest.param(day(last="1\u00a0234,5"), "may be one number with a decimal comma", id="narrow space"),
        pytest.param(day(last="1'234,5"), "may be one number with a decimal comma", id="1'234,5"),
        pytest.param(day("hour;rate", last="0;1,234"), "thousands or three decimals", id="1,234"),
        pytest.param(
            day("hour;rate", "1;2,5", last="0;1.234"), "thousands or three decimals", id="1.234 beside 2,5"
        ),
        pytest.param(day("hour;rate", last="0;1.234"), "thousands or three decimals", id="1.234 in Europe"),
        pytest.param(
            day("hour,rate,errors", last="0,5,9"), "leave the hour and the requests", id="3 columns"
        ),
        pytest.param(
            "rate,hour\n" + "".join(f"5,{hour}\n" for hour in range(24)), "The hour comes first", id="swapped"
        ),
        pytest.param(
            "hour,rate\n" + "".join(f"{23 - hour},5\n" for hour in range(24)),
            "does not count the hours",
            id="descending",
        ),
        pytest.param(
            "".join(f"{hour // 2},5.5\n" for hour in range(24)), "does not count the hours", id="half hours"
        ),
        pytest.param(
            "".join(f"{hour // 12},5.5\n" for hour in range(24)), "does not count the hours", id="half days"
        ),
        pytest.param(
            "rate,hour\n" + "".join(f"5,{hour + 1:02}\n" for hour in range(24)),
            "The hour comes first",
            id="swapped from 01 on",
        ),
        pytest.param(day("hour,rate", last="0,1,234"), "has 3 columns", id="thousands without quotes"),
        pytest.param(day("hour,rate", last="0,1 234"), "'1 234' is no number", id="space"),
        pytest.param(day("hour,rate", last="0,1_234"), "'1_234' is no number", id="underscore"),
        pytest.param(day("hour,rate", last="0,nan"), "'nan' is no number", id="nan"),
        pytest.param(day("hour,rate", last="0,-3"), "'-3' is no number", id="negative"),
    ],
)
def test_an_ambiguous_number_is_refused(tmp_path: Path, content: str, complaint: str):
    path = tmp_path / "demand.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DemandError, match=complaint):
        read_csv(path)
