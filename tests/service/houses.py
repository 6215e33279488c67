"""Regression of the price of a house, whose features have every type; its packed form is written by hand."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from service.model.definition import hashed_bytes

if TYPE_CHECKING:
    from pathlib import Path

DEFINITION: Final[dict[str, Any]] = {
    "name": "houses",
    "task": "regression",
    "unit": "EUR",
    "features": [
        {"name": "living area", "short_name": "area", "type": "number", "minimum": 10, "maximum": 1000},
        {"name": "rooms", "short_name": "rooms", "type": "integer", "minimum": 1, "maximum": 20},
        {"name": "heating", "short_name": "heating", "type": "category", "levels": ["gas", "heat pump"]},
    ],
    "response_key": "price",
    "item": "house",
    "items": "houses",
    "example": {"area": 80.5, "rooms": 3, "heating": "gas"},
}


def price(area: float, rooms: int, heating: str) -> float:
    """Return the price that the model predicts: 1,000 a unit of area, and so on."""
    return 1_000.0 * area + 500.0 * rooms + 2_000.0 * (heating == "heat pump") + 250.0


def write_houses(folder: Path) -> None:
    """Write the predictor into a new folder."""
    packed = json.dumps(
        {"kind": "linear", "coefficients": [[1_000.0, 500.0, 2_000.0]], "intercepts": [250.0]}
    ).encode()
    values = {"area": 80.5, "rooms": 3, "heating": "heat pump"}
    manifest = {
        "name": "houses",
        "version": hashlib.sha256(hashed_bytes(packed, DEFINITION)).hexdigest(),
        "kind": "linear",
        "estimator": "LinearRegression",
        "parameters": {},
        "features": [
            {"name": "area", "long_name": "living area", "unit": "", "minimum": 20, "maximum": 300},
            {"name": "rooms", "long_name": "rooms", "unit": "", "minimum": 1, "maximum": 9},
            {"name": "heating", "long_name": "heating", "unit": ""},
        ],
        "classes": [],
        "training": {},
        "metrics": {},
        "trained_at": "2026-01-31T12:00:00Z",
        "known_answers": [{"values": values, "price": price(80.5, 3, "heat pump")}],
        "definition": DEFINITION,
    }
    folder.mkdir()
    (folder / "predictor.json").write_bytes(packed)
    (folder / "manifest.json").write_text(json.dumps(manifest))
