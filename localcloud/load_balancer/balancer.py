"""Load balancer of a local cloud: an Envoy process, configured as the AWS API describes the ALB."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from localcloud import processes
from localcloud.load_balancer import envoy
from localcloud.load_balancer.description import describe_load_balancer, differences
from localcloud.load_balancer.envoy import EnvoyAdmin
from localcloud.load_balancer.envoy_config import EnvoyFiles, configuration_files, endpoint_config
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import psutil

    from localcloud.environment import Identity
    from localcloud.load_balancer.description import LoadBalancerDescription
    from localcloud.load_balancer.envoy_config import EnvoyTarget, TargetStatus
    from localcloud.state_dir import StateDir

SILENCE: Final = 5.0
"""Seconds without an answer after which Envoy is replaced: on a busy machine, answers are late."""

PROBE_INTERVAL: Final = 1.0
"""Seconds without an answer after which Envoy is asked whether it answers."""

START_TIME: Final = 10.0
"""Seconds that a new Envoy has before its silence counts."""


class LoadBalancer:
    """Envoy of one cloud, and the files from which it takes its configuration."""

    def __init__(self, state_dir: StateDir, identity: Identity, arn: str) -> None:
        """Describe the load balancer with this ARN; nothing is started or written yet."""
        self._state_dir = state_dir
        self._identity = identity
        self.arn = arn
        """ARN of the load balancer in the AWS API."""
        self._files = EnvoyFiles(state_dir.balancer)
        self._admin = EnvoyAdmin(self._files)
        self._answered_at = time.monotonic()
        self._process: psutil.Process | None = None
        self.description = describe_load_balancer(identity.api, arn)

    def close(self) -> None:
        """Close the connection to Envoy's admin interface; Envoy goes on."""
        self._admin.close()

    @property
    def port(self) -> int:
        """Port on 127.0.0.1 on which it listens."""
        return urlsplit(self._identity.balancer_url).port or 0

    @property
    def log(self) -> Path:
        """Envoy's log."""
        return self._state_dir.logs / "envoy.log"

    def configure(self) -> None:
        """Write the configuration of the description.

        Raises:
            UnsupportedRuleError: a listener rule has an unsupported condition or action.
        """
        self._write(self.description)

    def follow(self) -> list[str]:
        """Read the description again, and write the configuration if it has changed.

        Returns:
            What has changed, as `name=value`.

        Raises:
            UnsupportedRuleError: a listener rule has an unsupported condition or action. The configuration
                stays, and the error is raised once for each change.
        """
        before, self.description = self.description, describe_load_balancer(self._identity.api, self.arn)
        changed = differences(before, self.description)
        if changed:
            self._write(self.description)
        return changed

    def register(self, targets: Sequence[EnvoyTarget]) -> None:
        """Write the targets that can receive requests."""
        replace_text(self._files.endpoints, json.dumps(endpoint_config(targets)))

    def start(self) -> psutil.Process:
        """Start Envoy with the configuration that has been written."""
        if not self._files.endpoints.exists():
            self.register([])
        self._process = processes.start(
            envoy.command(self._files),
            home=self._state_dir.home,
            role="balancer",
            log=self.log,
            environment=self._identity.environment(),
        )
        self._answered_at = time.monotonic() + START_TIME
        return self._process

    def heal(self) -> str | None:
        """Replace Envoy if it has exited, is stopped or does not answer; return which of them."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self._find()
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

    def targets(self) -> dict[str, TargetStatus] | None:
        """Return the status of each registered target, by instance id; None if Envoy does not answer."""
        found = self._admin.targets()
        if found is not None:
            self._answered_at = max(self._answered_at, time.monotonic())
        return found

    def _find(self) -> psutil.Process | None:
        """Return the Envoy that another process of this cloud has started."""
        found = [each.process for each in processes.find(self._state_dir.home) if each.role == "balancer"]
        return found[-1] if found else None

    def _write(self, described: LoadBalancerDescription) -> None:
        self._state_dir.balancer.mkdir(parents=True, exist_ok=True)
        contents = configuration_files(
            self._files,
            self.port,
            described.load_balancer_attributes,
            described.target_group,
            described.target_group_attributes,
            described.rules,
            FirewallFiles(self._state_dir.firewall).socket if described.has_web_acl else None,
        )
        for file, content in contents.items():
            text = json.dumps(content, indent=2)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                replace_text(file, text)
