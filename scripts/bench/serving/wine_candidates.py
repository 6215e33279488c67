"""Second data set of the serving benchmark: wine, with 13 features, as this service's only model."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from scripts.bench.serving.server_candidates import (
    CANDIDATES,
    OURS,
    BenchFolders,
    BenchmarkRequest,
    LaunchCommand,
    launch_app,
    launch_ours,
)

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.bench.serving.server_candidates import ServerCandidate

EXAMPLE: Final = {
    "alcohol": 14.23,
    "malic_acid": 1.71,
    "ash": 2.43,
    "alcalinity_of_ash": 15.6,
    "magnesium": 127.0,
    "total_phenols": 2.8,
    "flavanoids": 3.06,
    "nonflavanoid_phenols": 0.28,
    "proanthocyanins": 2.29,
    "color_intensity": 5.64,
    "hue": 1.04,
    "diluted": 3.92,
    "proline": 1065.0,
}
"""First row of the data, by the names of the columns."""

REQUEST: Final = BenchmarkRequest(
    method="POST", path="/api/v01/classify", body=json.dumps(EXAMPLE), expected="Barolo"
)

_CULTIVARS: Final = ("Barolo", "Grignolino", "Barbera")


def _data() -> tuple[Any, list[str]]:
    from sklearn.datasets import load_wine

    data: Any = load_wine()
    return data.data, [_CULTIVARS[target] for target in data.target]


def _predictors(folder: Path) -> Path:
    """Return the folder of a predictor that is trained on the data as `iris train --data` does."""
    from scripts.training.cross_validation import cross_validate
    from scripts.training.export import export_predictor
    from scripts.training.export_files import write_files
    from scripts.training.own_data.csv_dataset import load_csv
    from scripts.training.recipe import default_for_data
    from scripts.training.train import SEED

    predictors = folder / "wine"
    if not (predictors / "wine" / "manifest.json").exists():
        rows, cultivars = _data()
        table = folder / "wine.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*EXAMPLE, "cultivar"])
            writer.writerows([*row, cultivar] for row, cultivar in zip(rows.tolist(), cultivars, strict=True))
        data = load_csv(table, "cultivar").dataset
        recipe = default_for_data("wine", SEED, has_categories=False)
        write_files(export_predictor(recipe, data, cross_validate(recipe, data)), predictors / "wine")
    return predictors


def _model(folder: Path) -> Path:
    """Return the pickled model of the tutorial."""
    import joblib
    import sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pickled = folder / f"wine-{sklearn.__version__}.joblib"
    if not pickled.exists():
        joblib.dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(*_data()), pickled)
    return pickled


def _ours(bench: BenchFolders, port: int) -> LaunchCommand:
    return launch_ours(replace(bench, predictors=_predictors(bench.folder)), port)


def _tutorial(bench: BenchFolders, port: int) -> LaunchCommand:
    return launch_app("tutorial_wine:app", port, MODEL=str(_model(bench.folder)))


def _candidates() -> tuple[ServerCandidate, ...]:
    launches = {OURS: _ours, "tutorial": _tutorial}
    return tuple(
        replace(it, launch=launches.get(it.name, it.launch), request=REQUEST, others={})
        for it in CANDIDATES
        if it.name in {"floor", *launches}
    )


WINE_CANDIDATES: Final = _candidates()
"""Bare server, this service and the tutorial; the last two serve a model of wine."""
