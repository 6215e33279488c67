"""Limits of LocalStack: each row of the table is about resources of the program and has a check on AWS."""

from __future__ import annotations

import re
from pathlib import Path

from localcloud.provisioning.registry import RESOURCE_TYPES

DOCUMENT = Path(__file__).parents[2] / "docs" / "localstack-limits.md"

ROWS_OF_TABLE = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]


def test_every_resource_that_it_names_is_made_by_the_local_cloud():
    supported = {token.split(":")[1] for token in RESOURCE_TYPES}
    named = [kind for row in ROWS_OF_TABLE for kind in re.findall(r"`([\w/]+)`", row[0])]
    assert len(named) == len(set(named)) > 25
    assert sorted(set(named) - supported) == []


def test_every_row_says_what_is_not_shown_why_and_how_to_check():
    assert [row for row in ROWS_OF_TABLE if len(row) != 4 or not all(row)] == []
