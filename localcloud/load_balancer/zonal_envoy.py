"""Envoy of one zone: its files, its process, and its replacement when it fails.

The Envoys of all zones listen on the same port; the kernel gives each its share of the new connections
(SO_REUSEPORT in socket(7)). Connections that wait at an Envoy that is killed are reset.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from localcloud import processes
from localcloud.load_balancer import envoy
from localcloud.load_balancer.envoy import EnvoyAdmin
from localcloud.load_balancer.envoy_config import EnvoyFiles, endpoint_config
from localcloud.load_balancer.envoy_probes import PROBE_INTERVAL, ProbeHistory
from localcloud.load_balancer.routing.forwarding import CLUSTER
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import psutil

    from localcloud.environment import Identity
    from localcloud.load_balancer.envoy_config import EnvoyTarget, Json, TargetStatus
    from localcloud.load_balancer.envoy_probes import RunningVersions
    from localcloud.load_balancer.response_counters import ResponseCounters
    from localcloud.state_dir import StateDir

ZONE: Final = "LOCAL_CLOUD_ZONE"
"""Variable with the zone of an Envoy."""

SHARES_PORT: Final = sys.platform == "linux"
"""True if several processes can share the connections to one port. macOS gives all to the last one, and
Envoy does not share there (its documentation, `enable_reuse_port`)."""

START_TIME: Final = 10.0
"""Age in seconds from which unanswered probes count."""


CLUSTER_TIMEOUT: Final = 2.0
"""Maximum seconds to wait until Envoy knows a new cluster."""


class ZonalEnvoy:
    """Envoy of one zone of a load balancer."""

    def __init__(self, state_dir: StateDir, identity: Identity, zone: str) -> None:
        """Create a handle for the Envoy of a zone; "" stands for all zones together."""
        self.zone = zone
        self._state_dir = state_dir
        self._identity = identity
        self.files = EnvoyFiles(envoy.folder_of_zone(state_dir.balancer, zone))
        self._admin = EnvoyAdmin(self.files)
        self._process: psutil.Process | None = None
        self._answered_at = float("-inf")
        self._build: tuple[psutil.Process, Mapping[str, str]] | None = None
        """Versions that a process was started with."""
        self._history = ProbeHistory()
        self._replaced_for: Mapping[str, str] | None = None
        """Versions for which it was replaced: another one that does not run them either would not help."""

    def close(self) -> None:
        """Close the connection to Envoy's admin interface; Envoy goes on."""
        self._admin.close()

    @property
    def log(self) -> Path:
        """Envoy's log."""
        name = f"envoy-{self.zone}.log" if self.zone else "envoy.log"
        return self._state_dir.logs / name

    def write(self, contents: Mapping[Path, Any]) -> None:
        """Write the files whose content differs; Envoy follows those that are replaced."""
        self.files.folder.mkdir(parents=True, exist_ok=True)
        for file, content in contents.items():
            if _differs(file, content):
                replace_text(file, _to_text(content))

    def listen(self, content: Json, clusters: Collection[str]) -> None:
        """Write the listeners, if they differ, when a running Envoy knows the clusters to which they forward.

        Until their first health check new clusters are unknown, and a listener would respond 503.
        """
        if not _differs(self.files.listeners, content):
            return
        deadline = time.monotonic() + CLUSTER_TIMEOUT
        while time.monotonic() < deadline:
            known = self._admin.clusters()
            if known is None or known.issuperset(clusters):
                break
            time.sleep(0.01)
        self.write({self.files.listeners: content})

    def register(self, targets: Sequence[EnvoyTarget], cluster: str = CLUSTER) -> None:
        """Write the targets that can receive requests, of one target group."""
        self.write({self.files.endpoints_of(cluster): endpoint_config(targets, cluster)})

    def start(self) -> psutil.Process:
        """Start Envoy with the configuration that has been written."""
        if not self.files.endpoints.exists():
            self.register([])
        self._process = processes.start(
            envoy.command(self.files),
            home=self._state_dir.home,
            role="balancer",
            log=self.log,
            environment=self._identity.environment() | {ZONE: self.zone},
        )
        self._history = ProbeHistory()
        return self._process

    def heal(self) -> str | None:
        """Replace Envoy if it has exited, is stopped, hangs or is out of date; return which of them."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self.find()
        if self._process is None:
            self.start()
            return "lost its process"
        fault = "was stopped" if processes.is_stopped(self._process) else self._probe(self._process)
        if fault is not None:
            processes.kill(self._process)
            processes.stop([self._process])  # return when its port is free
            self.start()
        return fault

    def _probe(self, process: psutil.Process) -> str | None:
        """Probe Envoy if it is time to; return its fault, if it has one."""
        began = time.monotonic()
        if began - self._answered_at < PROBE_INTERVAL:
            return None
        # Before the answer, which may already be that to a newer file.
        required = self._required()
        running = self._running(process)
        if running is None:
            if time.time() - process.create_time() < START_TIME:
                return None
            return self._history.add_unanswered(time.monotonic() - began)
        self._answered_at = time.monotonic()
        fault = self._history.add_answer(running, required)
        if fault is None or required == self._replaced_for:
            return None
        self._replaced_for = required
        return fault

    def take_refusal(self) -> str | None:
        """Return which configuration Envoy has refused since the last call, and why; None without one."""
        parts = self._history.take_refused()
        if not parts:
            return None
        reason = envoy.reason_of_refusal(self.log)
        return f"refuses its new {' and '.join(parts)}, and keeps the old{f': {reason}' if reason else ''}"

    def _required(self) -> dict[str, str]:
        installed = envoy.installed_version()
        return self.files.versions() | ({"binary": installed} if installed else {})

    def _running(self, process: psutil.Process) -> RunningVersions | None:
        if self._build is None or self._build[0] != process:
            build = self._admin.build()
            if build is None:
                return None
            self._build = (process, build)
        followed = self._admin.followed()
        return followed and replace(followed, versions={**self._build[1], **followed.versions})

    def kill(self) -> None:
        """Kill Envoy, if it runs."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self.find()
        if self._process is not None:
            processes.kill(self._process)

    def targets(self) -> dict[str, TargetStatus] | None:
        """Return the status of each registered target, by instance id; None if Envoy does not answer."""
        return self._admin.targets()

    def statistics(self, pattern: str) -> list[dict[str, Any]] | None:
        """Return the statistics whose name matches a regular expression; None if Envoy does not answer."""
        return self._admin.statistics(pattern)

    def responses(self) -> ResponseCounters | None:
        """Return what the targets have responded since Envoy's start; None if it does not answer."""
        return self._admin.responses()

    def find(self) -> psutil.Process | None:
        """Return the Envoy that another process of this cloud has started."""
        found = [
            each.process
            for each in processes.find(self._state_dir.home)
            if each.role == "balancer" and each.environment.get(ZONE, "") == self.zone
        ]
        return found[-1] if found else None


def _to_text(content: Json) -> str:
    return json.dumps(content, indent=2)


def _differs(file: Path, content: Json) -> bool:
    return not file.exists() or file.read_text(encoding="utf-8") != _to_text(content)
