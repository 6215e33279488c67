"""Writes a packed predictor where `iris pack` finds it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from scripts.console.atomic_write import replacing
from scripts.training.export import manifest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.training.export import PackedPredictor


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a training left on the disk."""

    folder: Path
    changed: bool
    """False where the very same predictor was there already."""


def write(packed: PackedPredictor, folder: Path) -> Written:
    """Write both files, each at once and whole, unless they are there already.

    Raises:
        click.ClickException: the folder cannot be written to, or SOURCE_DATE_EPOCH is no date.
    """
    manifest = manifest_bytes(packed, trained_at=_date(packed, folder))
    changed = False
    # The manifest comes last: until it is there, its hash tells that the pair does not belong together.
    for name, content in (("predictor.json", packed.predictor), ("manifest.json", manifest)):
        try:
            if _content(folder / name) != content:
                with replacing(folder / name) as file:
                    file.write(content)
                changed = True
        except OSError as error:
            raise click.ClickException(f"Cannot write {folder / name}: {error.strerror}.") from error
    return Written(folder=folder, changed=changed)


def _date(packed: PackedPredictor, folder: Path) -> str:
    """Return when the predictor was trained: as asked for, or when it first was, or now."""
    asked_for = os.environ.get("SOURCE_DATE_EPOCH")
    if asked_for:
        try:
            return _iso(datetime.fromtimestamp(int(asked_for), UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise click.ClickException(
                f"SOURCE_DATE_EPOCH is {asked_for!r}; it takes whole seconds since 1970."
            ) from error
    return _date_of_same(packed, folder) or _iso(datetime.now(UTC))


def _date_of_same(packed: PackedPredictor, folder: Path) -> str | None:
    try:
        there: dict[str, Any] = json.loads(_content(folder / "manifest.json") or b"")
        date = str(there.pop("trained_at"))
    except (ValueError, KeyError, AttributeError):
        return None
    return date if there == packed.manifest else None


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _iso(date: datetime) -> str:
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")
