"""Instances that outlived an earlier LocalStack, which groups adopt instead of launching others."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import moto.ec2.models.instances as moto_instances

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

SURVIVORS: Final = "LOCAL_CLOUD_SURVIVORS"
"""Variable with the path of a file: a JSON object, instance id -> zone."""


class Survivors:
    """Instances of an earlier LocalStack that no group has adopted yet."""

    def __init__(self, zones: dict[str, str]) -> None:
        """Create a collection from the zones of the instances, by id."""
        self._zones = dict(zones)

    @classmethod
    def read(cls) -> Survivors:
        """Read the file that the environment names; without one, there are none."""
        file = os.environ.get(SURVIVORS)
        return cls(json.loads(Path(file).read_text(encoding="utf-8")) if file else {})

    def take(self, zones: Collection[str]) -> tuple[str, str] | None:
        """Remove and return the id and zone of the first instance in one of these zones; None without one."""
        for instance_id, zone in self._zones.items():
            if zone in zones:
                del self._zones[instance_id]
                return instance_id, zone
        return None


@contextmanager
def instance_id_of_next_launch(instance_id: str | None) -> Generator[None]:
    """Set the id of the next instance; None stands for a random one."""
    if instance_id is None:
        yield
        return
    # moto takes the id from a function that it has imported.
    with patch.object(moto_instances, "random_instance_id", lambda: instance_id):
        yield
