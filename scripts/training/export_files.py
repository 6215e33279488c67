"""Files of an exported predictor, in the folder where `iris pack` finds them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from scripts.console.atomic_write import atomic_write
from scripts.training.export import manifest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.training.export import ExportedPredictor


@dataclass(frozen=True, kw_only=True)
class ExportedFiles:
    """Folder of an exported predictor."""

    folder: Path
    changed: bool
    """False if the same predictor existed already."""


def write_files(predictor: ExportedPredictor, folder: Path) -> ExportedFiles:
    """Write both files atomically, unless they exist already.

    Raises:
        click.ClickException: The folder can't be written to, or SOURCE_DATE_EPOCH is no date.
    """
    manifest = manifest_bytes(predictor, trained_at=_date(predictor, folder))
    changed = False
    # The manifest is last: until it is written, its hash does not match the new predictor.
    for name, content in (("predictor.json", predictor.predictor), ("manifest.json", manifest)):
        try:
            if _content(folder / name) != content:
                with atomic_write(folder / name) as file:
                    file.write(content)
                changed = True
        except OSError as error:
            raise click.ClickException(f"Cannot write {folder / name}: {error.strerror}.") from error
    return ExportedFiles(folder=folder, changed=changed)


def _date(predictor: ExportedPredictor, folder: Path) -> str:
    """Return the date of training: SOURCE_DATE_EPOCH, or that of the same predictor on the disk, or now."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return _iso(datetime.fromtimestamp(int(epoch), UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise click.ClickException(
                f"SOURCE_DATE_EPOCH is {epoch!r}; it must be whole seconds since 1970."
            ) from error
    return _date_of_unchanged(predictor, folder) or _iso(datetime.now(UTC))


def _date_of_unchanged(predictor: ExportedPredictor, folder: Path) -> str | None:
    try:
        existing: dict[str, Any] = json.loads(_content(folder / "manifest.json") or b"")
        date = str(existing.pop("trained_at"))
    except (ValueError, KeyError, AttributeError):
        return None
    return date if existing == predictor.manifest else None


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _iso(date: datetime) -> str:
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")
