"""HTTP health checks of services on this machine."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from typing import Final

import httpx

NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Settings without a certificate authority, for httpx's `verify`: a client on this machine sends plain HTTP.
By default each client reads all of the machine's authorities, which takes 20 ms."""

TIMEOUT: Final = 2.0
"""Maximum seconds to wait for a response."""


def get_status(url: str) -> int | None:
    """Return the HTTP status of a GET request, or None without a response."""
    try:
        # Ignore the environment's proxies: a loopback address cannot be reached through one.
        return httpx.get(url, timeout=TIMEOUT, trust_env=False, verify=NO_CERTIFICATES).status_code
    except httpx.HTTPError:
        return None


def is_ready(url: str) -> bool:
    """Return whether the `/readyz` of the service at a URL answers 200."""
    return get_status(f"{url}/readyz") == HTTPStatus.OK
