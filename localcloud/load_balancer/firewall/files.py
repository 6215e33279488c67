"""Files of the firewall's process, all in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class FirewallFiles:
    """Paths of the web ACL, the socket and the results."""

    folder: Path

    @property
    def definition(self) -> Path:
        """Web ACL and what it refers to, read again when it is replaced."""
        return self.folder / "web-acl.json"

    @property
    def socket(self) -> Path:
        """Unix socket to which Envoy sends each request, which no web page can reach."""
        return self.folder / "waf.sock"

    @property
    def counts(self) -> Path:
        """Requests since the process started, by rule and decision."""
        return self.folder / "counts.json"

    @property
    def samples(self) -> Path:
        """Latest requests of each rule."""
        return self.folder / "samples.json"
