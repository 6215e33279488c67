"""Differences between what a stack serves and what would be packed now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from scripts.packaging.archive_build import packed_sha256
from scripts.packaging.archive_inputs import manifests

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scripts.rollout.deployed_stack import DeployedStack
    from scripts.rollout.rollout_result import Shape

LOCAL_TARGETS: Final[Mapping[Shape, str]] = {"function": "lambda-local", "fleet": "local"}
"""Shape -> target of its archives on the local cloud."""

LISTING_TIMEOUT: Final = 10.0
"""Maximum seconds until the service has listed its predictors."""


def unreleased_shapes(stack: DeployedStack, predictors: Path, archives: Path) -> list[Shape]:
    """Return the shapes of a local stack that serve another archive than would be packed now.

    Args:
        stack: Stack of the local cloud.
        predictors: Folder of the trained predictors.
        archives: Folder of the packed archives.
    """
    shapes: list[Shape] = []
    for shape, target in LOCAL_TARGETS.items():
        released = stack.function if shape == "function" else stack.fleet
        if released and released.serving_sha256() != packed_sha256(target, predictors, archives):
            shapes.append(shape)
    return shapes


def changes_sentence(url: str | None, predictors: Path) -> str:
    """Return the sentence about what has changed since the service at a URL was packed.

    Args:
        url: URL of the service, which lists its predictors; None if it has none.
        predictors: Folder of the trained predictors.
    """
    served = _served_versions(url) if url else None
    trained = {str(each.get("name")): str(each.get("version")) for each in manifests(predictors).values()}
    changes = predictor_changes(served, trained) if served is not None else ["predictors or the service"]
    return f"Changed since it was packed: {', '.join(changes) or 'the service or its dependencies'}."


def predictor_changes(served: Mapping[str, str], trained: Mapping[str, str]) -> list[str]:
    """Return a clause for each predictor whose versions differ, by name."""
    changes: list[str] = []
    for name in sorted(served.keys() | trained.keys()):
        if name not in served:
            changes.append(f"{name} is new")
        elif name not in trained:
            changes.append(f"{name} was removed")
        elif served[name] != trained[name]:
            changes.append(f"{name} was trained again")
    return changes


def _served_versions(url: str) -> dict[str, str] | None:
    """Return the version of each predictor that a service lists; None if it lists none."""
    try:
        answer = httpx.get(f"{url}/api/v01/predictors", trust_env=False, timeout=LISTING_TIMEOUT)
        listed: list[dict[str, Any]] = answer.raise_for_status().json()["predictors"]
        return {str(each["name"]): str(each["version"]) for each in listed}
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None  # `publicPaths` may hide the list
