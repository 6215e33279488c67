"""Paths whose requests may be batches: they have larger bodies, and a limit of concurrent ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Scope

BATCH_PATH: Final = "/api/v01/classify/batch"

PREDICT_PATH: Final = "/api/v01/predictors/{name}/predict"

SMALL_BODY_BYTES: Final = 2_048
"""Maximum size of a body that is no batch at a path that takes both: a row or a few, which take less time
than one step of a batch. The firewall has the same number (`infra/firewall/web_acl_rules.py`)."""

_TYPES_OF_ROWS: Final = frozenset({b"", b"application/json", b"application/octet-stream"})
"""Content types of single rows and tensors. CSV and NDJSON have many rows in few bytes."""

_takes_rows_too: Final = re.compile(
    r"/api/v01/predictors/[^/]+/predict|/v2/models/[^/]+(?:/versions/[^/]+)?/infer"
).fullmatch
"""Match of a path that takes single rows as well as batches."""


def is_batch_path(path: str) -> bool:
    """Return whether requests of a path may be batches."""
    return path == BATCH_PATH or _takes_rows_too(path) is not None


def is_batch(scope: Scope) -> bool:
    """Return whether a request counts against the limit of concurrent batches."""
    path = scope["path"]
    return scope["method"] == "POST" and (
        path == BATCH_PATH or (_takes_rows_too(path) is not None and not _is_small(scope))
    )


def _is_small(scope: Scope) -> bool:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() not in _TYPES_OF_ROWS:
        return False
    length = headers.get(b"content-length", b"")
    # Without it, the body came in chunks. More digits than those of the maximum need not be parsed.
    return length.isdigit() and len(length) <= len(str(SMALL_BODY_BYTES)) and int(length) <= SMALL_BODY_BYTES
