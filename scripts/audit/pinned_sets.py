"""Sets of pinned distributions in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT: Final = Path(__file__).resolve().parents[2]

SETS: Final = (
    "requirements/*.txt",
    "scripts/bench/serving/requirements/*.txt",
    "localcloud/localstack/requirements.txt",
)
"""Files of pins. `infra/requirements.txt` and `policy/requirements.txt` only refer to one of them."""

PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
"""Pin at the beginning of a line. Its marker is ignored: every platform's distributions are audited."""


class Pin(NamedTuple):
    """One version of a distribution."""

    package: str
    version: str


def pinned_sets(project: Path = PROJECT) -> Mapping[str, tuple[Pin, ...]]:
    """Return the pins of each file, by its path in the project."""
    files = sorted(path for pattern in SETS for path in project.glob(pattern))
    return {str(path.relative_to(project)): read_pins(path.read_text(encoding="utf-8")) for path in files}


def read_pins(text: str) -> tuple[Pin, ...]:
    """Return the pins of one file."""
    return tuple(Pin(*match.groups()) for match in PIN.finditer(text))
