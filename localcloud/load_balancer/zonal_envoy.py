"""Envoy of one zone: its files, its process, and its replacement when it fails.

The Envoys of all zones listen on the same port; the kernel gives each its share of the new connections
(SO_REUSEPORT in socket(7)). Connections that wait at an Envoy that is killed are reset.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from localcloud import processes
from localcloud.load_balancer import envoy
from localcloud.load_balancer.envoy import EnvoyAdmin
from localcloud.load_balancer.envoy_config import EnvoyFiles, endpoint_config
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import psutil

    from localcloud.environment import Identity
    from localcloud.load_balancer.envoy_config import EnvoyTarget, TargetStatus
    from localcloud.load_balancer.response_counters import ResponseCounters
    from localcloud.state_dir import StateDir

ZONE: Final = "LOCAL_CLOUD_ZONE"
"""Variable with the zone of an Envoy."""

SHARES_PORT: Final = sys.platform == "linux"
"""True if several processes can share the connections to one port. macOS gives all to the last one, and
Envoy does not share there (its documentation, `enable_reuse_port`)."""

SILENCE: Final = 5.0
"""Seconds without an answer after which Envoy is replaced: on a busy machine, answers are late."""

PROBE_INTERVAL: Final = 1.0
"""Seconds without an answer after which Envoy is asked whether it answers."""

START_TIME: Final = 10.0
"""Seconds that a new Envoy has before its silence counts."""


class ZonalEnvoy:
    """Envoy of one zone of a load balancer."""

    def __init__(self, state_dir: StateDir, identity: Identity, zone: str) -> None:
        """Create a handle for the Envoy of a zone; "" stands for all zones together."""
        self.zone = zone
        self._state_dir = state_dir
        self._identity = identity
        self.files = EnvoyFiles(envoy.folder_of_zone(state_dir.balancer, zone))
        self._admin = EnvoyAdmin(self.files)
        self._answered_at = time.monotonic()
        self._process: psutil.Process | None = None

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
            text = json.dumps(content, indent=2)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                replace_text(file, text)

    def register(self, targets: Sequence[EnvoyTarget]) -> None:
        """Write the targets that can receive requests."""
        self.write({self.files.endpoints: endpoint_config(targets)})

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
        self._answered_at = time.monotonic() + START_TIME
        return self._process

    def heal(self) -> str | None:
        """Replace Envoy if it has exited, is stopped or does not answer; return which of them."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self.find()
        if self._process is None:
            self.start()
            return "lost its process"
        stopped = processes.is_stopped(self._process)
        if not stopped and time.monotonic() - self._answered_at > PROBE_INTERVAL:
            self.targets()
        if not stopped and time.monotonic() - self._answered_at < SILENCE:
            return None
        processes.kill(self._process)
        processes.stop([self._process])  # return when its port is free
        self.start()
        return "was stopped" if stopped else "did not answer"

    def kill(self) -> None:
        """Kill Envoy, if it runs."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self.find()
        if self._process is not None:
            processes.kill(self._process)

    def targets(self) -> dict[str, TargetStatus] | None:
        """Return the status of each registered target, by instance id; None if Envoy does not answer."""
        found = self._admin.targets()
        if found is not None:
            self._answered_at = max(self._answered_at, time.monotonic())
        return found

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
