"""Asks a URL of this machine whether it answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httpx

PATIENCE: Final = 2.0
"""Seconds after which silence is an answer, too."""


def status_of(url: str) -> int | None:
    """Return the HTTP status that a GET is answered with, or None if it is not answered."""
    try:
        # Without the environment's proxies: nobody reaches this machine's loopback address through one.
        return httpx.get(url, timeout=PATIENCE, trust_env=False).status_code
    except httpx.HTTPError:
        return None


def is_ready(url: str) -> bool:
    """Tell whether the service at a URL says that it is ready."""
    return status_of(f"{url}/readyz") == HTTPStatus.OK
