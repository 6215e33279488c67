"""Where the local cloud keeps its state and logs: one folder, thrown away as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Names in the folder of one local cloud."""

    home: Path
    """Absolute; it also marks the cloud's processes."""

    @property
    def lock(self) -> Path:
        """Held while somebody starts or stops the cloud."""
        return self.home / "lock"

    @property
    def key_file(self) -> Path:
        """Access key of the AWS API."""
        return self.home / "credentials"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.home / "logs"

    @property
    def events(self) -> Path:
        """What happened to the fleet."""
        return self.home / "events.jsonl"

    @property
    def control_plane(self) -> Path:
        """LocalStack's own state."""
        return self.home / "localstack"

    @property
    def target_health(self) -> Path:
        """What the balancer found out, for the control plane to tell: instance id -> state and reason."""
        return self.home / "target-health.json"

    @property
    def balancer(self) -> Path:
        """Envoy's configuration and admin socket."""
        return self.home / "balancer"

    @property
    def archives(self) -> Path:
        """Unpacked archives, each in a folder named by its hash."""
        return self.home / "archives"


def replace_text(file: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never half of it."""
    draft = file.with_name(file.name + ".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)  # noqa: PTH105 - a rename is the whole point, and this one overwrites everywhere
