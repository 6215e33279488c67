"""Firewall of one cloud: its process, and the web ACL that it enforces."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from localcloud import processes
from localcloud.load_balancer.envoy import DRAIN_SECONDS
from localcloud.load_balancer.firewall.definition import Definition, read_definition
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl
from localcloud.state_dir import StateDir, replace_text

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from localcloud.environment import Identity


ENDING: Final = DRAIN_SECONDS + 5.0
"""Seconds between the end of the web ACL and that of its process, in which the load balancer follows."""


class Firewall:
    """Process that allows or blocks each request to a load balancer that has a web ACL."""

    def __init__(self, state_dir: StateDir, identity: Identity) -> None:
        """Create the firewall of a cloud's load balancer; nothing is started or written yet."""
        self._state_dir = state_dir
        self._identity = identity
        self._files = FirewallFiles(state_dir.firewall)
        self._definition = self._read()
        self._process: psutil.Process | None = None
        self._ended_at: float | None = None
        """Time since which there is no web ACL, on the monotonic clock."""

    @property
    def process(self) -> psutil.Process | None:
        """Process, if it has been started."""
        return self._process

    @property
    def socket(self) -> Path:
        """Unix socket on which the process answers Envoy."""
        return self._files.socket

    @property
    def log(self) -> Path:
        """Log of the process."""
        return self._state_dir.logs / "firewall.log"

    def follow(self, load_balancer_arn: str) -> str | None:
        """Read a load balancer's web ACL, write it if it has changed, and start a process if none runs.

        Returns:
            A sentence about the change; None if there is none.
        """
        before, found = self._definition, read_definition(self._identity.api, load_balancer_arn)
        if found == before:
            return None
        if found is None:
            self._files.definition.unlink()
            self._definition = None
            return "the load balancer has no web ACL any more"
        acl = WebAcl(found.acl, found.sources(Sources()))
        self._files.folder.mkdir(parents=True, exist_ok=True)
        replace_text(self._files.definition, json.dumps(asdict(found)))
        self._definition = found
        if before is None and self._find() is None:
            self.start()
        missing = "".join(f"; {name} is not enforced ({reason})" for name, reason in acl.unenforced.items())
        return f"the firewall follows its web ACL of {len(found.acl['Rules'])} rules{missing}"

    def start(self) -> psutil.Process:
        """Start the process with the web ACL that has been written."""
        self._process = processes.start(
            [sys.executable, "-m", "localcloud.load_balancer.firewall.server"],
            home=self._state_dir.home,
            role="firewall",
            log=self.log,
            environment=self._identity.environment(),
        )
        return self._process

    def heal(self) -> str | None:
        """Replace a process that has exited or is stopped; return which of them."""
        if self._process is None or not processes.is_alive(self._process):
            self._process = self._find()
        if self._definition is None:
            self._end()
            return None
        self._ended_at = None
        if self._process is None:
            self.start()
            return "lost its process"
        if not processes.is_stopped(self._process):
            return None
        processes.kill(self._process)
        processes.stop([self._process])
        self.start()
        return "was stopped"

    def _end(self) -> None:
        """End a process without a web ACL, once no load balancer asks it any more."""
        now = time.monotonic()
        self._ended_at = self._ended_at or now
        if self._process is not None and now - self._ended_at >= ENDING:
            processes.stop([self._process])
            self._process = None

    def _read(self) -> Definition | None:
        """Return the definition that an earlier process has written."""
        if not self._files.definition.exists():
            return None
        return Definition(**json.loads(self._files.definition.read_text(encoding="utf-8")))

    def _find(self) -> psutil.Process | None:
        """Return the process that another process of this cloud has started."""
        found = [each.process for each in processes.find(self._state_dir.home) if each.role == "firewall"]
        return found[-1] if found else None
