"""Paths whose requests may be batches: they have larger bodies, and a limit of concurrent ones."""

from __future__ import annotations

from typing import Final

BATCH_PATH: Final = "/api/v01/classify/batch"

PREDICT_PATH: Final = "/api/v01/predictors/{name}/predict"

MODEL_PATH: Final = "/v2/models/{name}"

_PREFIXES: Final = (PREDICT_PATH.partition("{")[0], MODEL_PATH.partition("{")[0])
_SUFFIXES: Final = ("/predict", "/infer")


def is_batch_path(path: str) -> bool:
    """Return whether requests of a path may be batches."""
    return path == BATCH_PATH or (path.startswith(_PREFIXES) and path.endswith(_SUFFIXES))
