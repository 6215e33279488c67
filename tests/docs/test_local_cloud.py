"""Table of what the local cloud follows: a test of each row."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "docs/local-cloud.md"


def rows() -> list[list[str]]:
    """Return the cells of each row of the table of what is followed."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("## What it follows")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1:]]


def test_every_change_that_is_followed_has_a_test_that_exists():
    written = "\n".join(file.read_text(encoding="utf-8") for file in PROJECT.glob("tests/**/test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)\(", written, re.MULTILINE))
    assert len(rows()) > 15
    for change, followed, within, named in rows():
        assert followed
        assert re.fullmatch(r"\d+\.\d s|the answer|not measured", within), change
        names = re.findall(r"`(test_\w+)`", named)
        assert names, change
        assert set(names) <= tests, change
