"""Facts that lie in files beside the code: CSV, with lines at their head that say where they come from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

COST_DATA: Final = Path(__file__).resolve().parents[1] / "scripts" / "cost" / "data"
"""Where the `iris` commands keep prices, benchmark scores and what was measured."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV with a header, past the lines that explain it."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
