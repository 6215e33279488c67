"""Corrupt predictors whose hash is right."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.model.definition import hashed_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


def copy_predictor(source: Path, target: Path) -> Path:
    """Copy a predictor's folder, over an earlier copy."""
    return Path(shutil.copytree(source, target, dirs_exist_ok=True))


def rewrite(
    folder: Path, packed: str | None = None, manifest: Callable[[Any], object] = lambda _: None
) -> None:
    """Replace the parameters, change the manifest, and give it the right hash."""
    parameters, card = folder / "predictor.json", folder / "manifest.json"
    if packed is not None:
        parameters.write_text(packed, encoding="utf-8")
    content = json.loads(card.read_text(encoding="utf-8"))
    version = content["version"]
    manifest(content)
    if content.get("version") == version and "definition" in content:
        # A definition that is no JSON (RFC 8259: no infinities) has no hash.
        with contextlib.suppress(ValueError):
            hashed = hashed_bytes(parameters.read_bytes(), content["definition"])
            content["version"] = hashlib.sha256(hashed).hexdigest()
    card.write_text(json.dumps(content), encoding="utf-8")


def edit_parameters(folder: Path, change: Callable[[Any], object]) -> None:
    """Change the parameters, and give the manifest the right hash."""
    content = json.loads((folder / "predictor.json").read_text(encoding="utf-8"))
    change(content)
    rewrite(folder, json.dumps(content))
