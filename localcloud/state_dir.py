"""Folder with the state and logs of one local cloud, which is deleted as a whole."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator

RECENT: Final = 50_000_000
"""Nanoseconds after its last change in which a file may change again with the same time: kernels set it every
few milliseconds."""


@dataclass(frozen=True)
class StateDir:
    """Paths in the folder of one local cloud."""

    home: Path
    """Absolute path of the folder, which also identifies the cloud's processes."""

    @property
    def lock(self) -> Path:
        """Lock file, held while a command starts or stops the cloud."""
        return self.home / "lock"

    @property
    def lesson_lock(self) -> Path:
        """Lock file, held while a lesson changes the cloud."""
        return self.home / "lesson.lock"

    @property
    def key_file(self) -> Path:
        """File with the access key of the AWS API."""
        return self.home / "credentials"

    @property
    def logs(self) -> Path:
        """Folder with one log file per process."""
        return self.home / "logs"

    @property
    def events(self) -> Path:
        """Event log of the fleet."""
        return self.home / "events.jsonl"

    @property
    def control_plane(self) -> Path:
        """Folder with LocalStack's own state."""
        return self.home / "localstack"

    @property
    def target_health(self) -> Path:
        """Target health as the load balancer measured it: instance id -> state and reason."""
        return self.home / "target-health.json"

    @property
    def heartbeat(self) -> Path:
        """File that the controller touches in each turn."""
        return self.home / "controller.heartbeat"

    @property
    def deployed(self) -> Path:
        """Marker of a stack that is deployed, with its load balancer started: the controller may begin."""
        return self.home / "deployed"

    @property
    def stack_record(self) -> Path:
        """Arguments with which the stack was provisioned, if LocalStack is the cloud's own."""
        return self.home / "stack.json"

    @property
    def fleet_record(self) -> Path:
        """State of the fleet as the AWS API described it last."""
        return self.home / "fleet.json"

    @property
    def settings_record(self) -> Path:
        """Settings of the stack as the AWS API described them last."""
        return self.home / "settings.json"

    @property
    def survivors(self) -> Path:
        """Instances that a new LocalStack adopts."""
        return self.home / "survivors.json"

    @property
    def recovering(self) -> Path:
        """Marker of a LocalStack that is not provisioned again yet."""
        return self.home / "recovering"

    @property
    def recovery_lock(self) -> Path:
        """Lock file, held while LocalStack is started and provisioned again."""
        return self.home / "recovery.lock"

    @property
    def balancer(self) -> Path:
        """Folder with Envoy's configuration and admin socket."""
        return self.home / "balancer"

    @property
    def firewall(self) -> Path:
        """Folder with the firewall's web ACL, socket and results."""
        return self.home / "firewall"

    @property
    def zones(self) -> Path:
        """Zones with an Envoy of their own."""
        return self.balancer / "zones.json"

    @property
    def lost_zones(self) -> Path:
        """Zones that an operator has made fail."""
        return self.home / "lost-zones.json"

    @property
    def archives(self) -> Path:
        """Folder with the unpacked archives, each in a folder named by its hash."""
        return self.home / "archives"


def replace_text(file: Path, text: str) -> None:
    """Replace a file atomically: a reader sees either the old text or the new one."""
    draft = file.with_name(file.name + ".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)  # noqa: PTH105 - os.replace overwrites on every platform


@contextmanager
def try_lock(file: Path) -> Generator[bool]:
    """Lock a file, which is created; yield False if another process holds the lock."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def locked_folder(folder: Path) -> Generator[None]:
    """Lock a folder, without a file in it; wait until no other process holds the lock."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_json(file: Path) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the content of a JSON file, which is parsed only after a change; None if there is no file.

    It is shared with other callers, so that none may change it.

    Raises:
        ValueError: the file is not JSON.
    """
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    if time.time_ns() - found.st_mtime_ns < RECENT:
        return json.loads(file.read_text(encoding="utf-8"))
    return _parse(str(file), (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=64)
def _parse(file: str, _version: tuple[int, int, int]) -> Any:  # noqa: ANN401 - JSON of any shape
    return json.loads(Path(file).read_text(encoding="utf-8"))
