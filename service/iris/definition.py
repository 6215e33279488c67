"""Definition of the iris model, which training writes into the manifests of its predictors."""

from __future__ import annotations

from typing import Any, Final

MAX_CENTIMETRES: Final = 100
"""Maximum length. The longest of Fisher's data set is 7.9 cm; 79 mm by mistake is still accepted."""

SPECIES: Final = ("Iris Setosa", "Iris Versicolor", "Iris Virginica")
"""Classes, in the order of Fisher's data set."""

EXAMPLE: Final = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
"""Flower of the course: its lengths in centimetres."""


def _length(short_name: str, name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "short_name": short_name,
        "type": "number",
        "unit": "cm",
        "unit_name": "centimetres",
        "description": description,
        "minimum": 0,
        "maximum": MAX_CENTIMETRES,
    }


IRIS: Final[dict[str, Any]] = {
    "name": "iris",
    "title": "Iris classifier",
    "description": (
        "Names the species of an iris from four lengths in centimetres: petal length (`pl`), petal width "
        "(`pw`),\nsepal length (`sl`) and sepal width (`sw`). No iris has petals that are both longer and "
        "wider than its sepals:\nsuch lengths are exchanged, and the response has the header "
        "`X-Flower-Swapped`."
    ),
    "task": "classification",
    "features": [
        _length("pl", "petal length", "Length of a petal"),
        _length("pw", "petal width", "Width of a petal"),
        _length("sl", "sepal length", "Length of a sepal"),
        _length("sw", "sepal width", "Width of a sepal"),
    ],
    "classes": list(SPECIES),
    "response_key": "specie",
    "item": "flower",
    "items": "flowers",
    "example": EXAMPLE,
    "hooks": ["iris.exchange"],
}
"""Content of the definition; `docs/model-definition.md` describes its keys."""
