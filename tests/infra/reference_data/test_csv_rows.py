from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.reference_data.csv_rows import ReferenceDataError, one_line_errors, read_rows

if TYPE_CHECKING:
    from pathlib import Path


def test_comments_are_no_rows(tmp_path: Path):
    file = tmp_path / "prices.csv"
    file.write_text("# Source: AWS\nregion,usd\n# of 2026\neu-west-1,0.1\n")
    assert read_rows(file) == [{"region": "eu-west-1", "usd": "0.1"}]


def test_a_file_that_is_missing_or_cannot_be_read_is_an_error_of_one_line(tmp_path: Path):
    missing, below = tmp_path / "missing.csv", tmp_path / "file" / "prices.csv"
    (tmp_path / "file").touch()
    for path, reason in (
        (missing, "is missing. It belongs to the project: restore it."),
        (tmp_path, "can't be read: Is a directory."),
        (below, "can't be read: Not a directory."),
    ):
        with pytest.raises(ReferenceDataError) as caught, one_line_errors(path):
            read_rows(path)
        assert str(caught.value) == f"{path} {reason}"


def test_a_missing_or_wrong_entry_is_an_error_of_one_line(tmp_path: Path):
    file = tmp_path / "prices.csv"
    file.write_text("region,usd\neu-west-1,cheap\n")
    (row,) = read_rows(file)
    with (
        pytest.raises(ReferenceDataError, match=r"prices\.csv has no type: restore it\."),
        one_line_errors(file),
    ):
        row["type"]
    with (
        pytest.raises(ReferenceDataError, match=r"prices\.csv can't be parsed: .*'cheap'"),
        one_line_errors(file),
    ):
        float(row["usd"])
