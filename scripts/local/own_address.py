"""Clients with an address of their own on this machine, whose rates the firewall counts apart."""

from __future__ import annotations

import sys
from typing import Final

import httpx

from localcloud.health_probe import NO_CERTIFICATES

SHARES_LOOPBACK: Final = sys.platform == "linux"
"""Whether all addresses of 127.0.0.0/8 are this machine's, as on Linux."""

FLOODER: Final = "127.0.0.66"
"""Address of the client that floods the service."""

ATTACKER: Final = "127.0.0.67"
"""Address of the client that attacks: another one than the flood's, which may be blocked already."""

VISITOR: Final = "127.0.0.68"
"""Address of the clients of the lessons, which must not be over a limit already."""

VISITORS: Final = tuple(f"127.0.2.{number}" for number in range(1, 33)) if SHARES_LOOPBACK else ()
"""Addresses of a lesson's load: from a single one, a firewall that blocks would block it as a flood."""


def client_at(address: str, url: str, timeout: float) -> httpx.Client:
    """Return a client that sends from an address of this machine, where the system allows it."""
    transport = httpx.HTTPTransport(
        local_address=address if SHARES_LOOPBACK else None, verify=NO_CERTIFICATES
    )
    return httpx.Client(base_url=url, transport=transport, timeout=timeout, trust_env=False)
