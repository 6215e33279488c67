"""Refusals of predictors that a target can't serve, each with the command that removes them."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from scripts.packaging.archive_build import MAXIMUM_FUNCTION_BYTES
from scripts.packaging.archive_inputs import manifests, needs_onnx_runtime, predictor_files
from scripts.packaging.receipts import ONNX_DISTRIBUTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scripts.packaging.wheels import InstallError


def install_refusal(error: InstallError, target: str, predictors: Path) -> str:
    """Return the sentence about dependencies that can't be installed, and about the predictors to blame."""
    if not needs_onnx_runtime(predictors) or not any(name in str(error) for name in ONNX_DISTRIBUTIONS):
        return f"Cannot install the dependencies of the service: {error}"
    folders = [name for name, manifest in manifests(predictors).items() if manifest.get("kind") == "onnx"]
    return (
        f"{', '.join(folders)} can't be served on {target}: ONNX Runtime can't be installed for it "
        f"({error}). {_remedy(predictors, folders)}"
    )


def size_refusal(total: int, target: str, predictors: Path) -> str:
    """Return the sentence about a function that is too large, and about the predictors to remove."""
    sizes: dict[str, int] = {}
    for path in predictor_files(predictors):
        sizes[path.parent.name] = sizes.get(path.parent.name, 0) + path.stat().st_size
    excess = total - MAXIMUM_FUNCTION_BYTES
    removed: list[str] = []
    for folder in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if excess <= 0:
            break
        removed.append(folder)
        excess -= sizes[folder]
    return (
        f"The predictors can't be served on {target}: the archive has {total / 1e6:.1f} MB unzipped, and "
        f"Lambda allows {MAXIMUM_FUNCTION_BYTES / 1e6:.1f} MB. {_remedy(predictors, removed)}"
    )


def _remedy(predictors: Path, folders: Iterable[str]) -> str:
    """Return the sentence with the command that removes predictors."""
    paths = (predictors / name for name in folders)
    command = shlex.join(["rm", "-r", *(_shortest(path) for path in paths)])
    return f"Remove what can't be served with `{command}`."


def _shortest(path: Path) -> str:
    """Return a path as it is typed here: relative to the present folder, if it is below that."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
