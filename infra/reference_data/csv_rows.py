"""CSV reader of the reference data, with errors of one line.

Comments at the head of each file name the sources of its figures. All files belong to the project, so that a
missing one is an error, never replaced by a default.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

REFERENCE_DATA: Final = Path(__file__).parent
"""Folder of the files."""


class ReferenceDataError(RuntimeError):
    """Missing or incomplete file of the reference data; the message is one line."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header, without its comments."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@contextmanager
def one_line_errors(path: Path) -> Generator[None]:
    """Convert errors in the block, which reads and parses the file, to errors of one line.

    Raises:
        ReferenceDataError: The file can't be read, or lacks an entry.
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
        raise ReferenceDataError(f"{path} can't be parsed: {error}.") from error
