"""HTTP health checks of services on this machine."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httpx

TIMEOUT: Final = 2.0
"""Maximum seconds to wait for a response."""


def get_status(url: str) -> int | None:
    """Return the HTTP status of a GET request, or None without a response."""
    try:
        # Ignore the environment's proxies: a loopback address cannot be reached through one.
        return httpx.get(url, timeout=TIMEOUT, trust_env=False).status_code
    except httpx.HTTPError:
        return None


def is_ready(url: str) -> bool:
    """Return whether the `/readyz` of the service at a URL answers 200."""
    return get_status(f"{url}/readyz") == HTTPStatus.OK
