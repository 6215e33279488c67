"""Reference data of infrastructure and cost study: prices, benchmark scores, capacity, instance types.

CSV files have lines at their head that say where the figures come from. All of them belong to the project, so
that a missing one is an error: a default in its place would be the answer to another question.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

REFERENCE_DATA: Final = Path(__file__).parent
"""Folder of the files that the project carries."""


class ReferenceDataError(RuntimeError):
    """A file of the reference data is missing, or lacks something; the text is one line."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV with a header, past the lines that explain it."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Report in one line what goes wrong while a file is read and parsed.

    Raises:
        ReferenceDataError: the file can't be read, or does not hold what is looked for.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise ReferenceDataError(f"{path} is missing. It belongs to the project: restore it.") from error
    except OSError as error:
        raise ReferenceDataError(f"{path} can't be read: {error.strerror}.") from error
    except KeyError as error:
        raise ReferenceDataError(f"{path} has no {error.args[0]}: restore it.") from error
    except (ValueError, TypeError) as error:
        raise ReferenceDataError(f"{path} can't be understood: {error}.") from error
