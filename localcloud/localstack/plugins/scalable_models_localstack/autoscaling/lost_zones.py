"""Availability Zones that an operator has made fail, in which no instance is launched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scalable_models_localstack.autoscaling.launch import Placement

LOST_ZONES: Final = "LOCAL_CLOUD_LOST_ZONES"
"""Variable with the path of a file, which is read at each launch: a JSON array of zones."""


def lost_zones() -> set[str]:
    """Return the zones that are lost now."""
    file = Path(os.environ.get(LOST_ZONES, os.devnull))
    return set(json.loads(file.read_text(encoding="utf-8") or "[]")) if file.exists() else set()


def usable_places(places: list[Placement]) -> list[Placement]:
    """Return the places in zones that are not lost, or all if every zone is lost."""
    lost = lost_zones()
    return [place for place in places if place.zone not in lost] or places
