"""`make mutants`, at its end: how many of the changes that were tried the tests have noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STATS: Final = Path("mutants") / "mutmut-cicd-stats.json"
"""Counts of mutmut, earlier runs included."""


def score(stats: Mapping[str, int]) -> str:
    """Put the counts into one line.

    A change that makes the tests run for ever is noticed as well as one that makes them fail. What was not
    tried yet does not count.
    """
    noticed = stats["killed"] + stats["timeout"] + stats["segfault"]
    tried = noticed + stats["survived"] + stats["no_tests"] + stats["suspicious"]
    share = 100 * noticed / tried if tried else 0
    return (
        f"{noticed:,} of {tried:,} changes were noticed ({share:.1f} %); "
        f"no test noticed {stats['survived']:,}, and no test ran {stats['no_tests']:,}. "
        f"{stats['total'] - tried:,} were not tried."
    )


if __name__ == "__main__":
    print(score(json.loads(STATS.read_text())))  # noqa: T201 (it is what is asked for)
