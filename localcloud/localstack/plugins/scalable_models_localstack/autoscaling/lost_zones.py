"""Availability Zones that an operator has made fail, in which no instance is launched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

LOST_ZONES: Final = "LOCAL_CLOUD_LOST_ZONES"
"""Variable with the path of a file, which is read at each launch: a JSON array of zones."""


def lost_zones() -> set[str]:
    """Return the zones that are lost now."""
    file = Path(os.environ.get(LOST_ZONES, os.devnull))
    return set(json.loads(file.read_text(encoding="utf-8") or "[]")) if file.exists() else set()
