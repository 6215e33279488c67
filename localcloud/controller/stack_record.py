"""Record of a stack and of its fleet, from which a lost LocalStack is provisioned again.

LocalStack keeps all resources in its memory. The record is in the cloud's folder, and is deleted with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.controller.aws_queries import GroupDescription
    from localcloud.load_balancer.description import LoadBalancerDescription


@dataclass(frozen=True, kw_only=True)
class StackRecord:
    """Arguments with which a stack was provisioned."""

    project: str
    """Name of the Pulumi project."""
    program: str
    """Folder of the Pulumi program."""
    config: Mapping[str, str]
    """Config by full key, without the archives."""
    file_config: Mapping[str, str]
    """Part of the config that the stack's files set."""
    archives: Mapping[str, str]
    """Paths of the archives by config key; they are copies in the cloud's folder."""

    def save(self, file: Path) -> None:
        """Write the record."""
        replace_text(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> StackRecord | None:
        """Read the record; return None if there is none."""
        fields = _read(file)
        return cls(**fields) if fields else None


@dataclass(frozen=True, kw_only=True)
class FleetRecord:
    """State of a fleet as the AWS API described it last, which the program does not restore."""

    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    """Zone of each instance of the group, by its id."""
    minimum: int = 0
    maximum: int = 0
    desired: int = 0
    suspended: list[str] = field(default_factory=list[str])
    """Suspended processes of the group."""
    load_balancer_attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    target_group_attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, group: GroupDescription, balancer: LoadBalancerDescription) -> FleetRecord:
        """Return the record of a group behind a load balancer."""
        return cls(
            zones={instance.instance_id: instance.zone for instance in group.instances},
            minimum=group.limits.minimum,
            maximum=group.limits.maximum,
            desired=group.desired,
            suspended=sorted(group.suspended),
            load_balancer_attributes={
                key: value
                for key, value in balancer.load_balancer_attributes.items()
                if ".s3." not in key  # names of buckets, which are other ones in another LocalStack
            },
            target_group_attributes=dict(balancer.target_group_attributes),
        )

    def save(self, file: Path) -> None:
        """Write the record."""
        replace_text(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> FleetRecord | None:
        """Read the record; return None if there is none."""
        fields = _read(file)
        return cls(**fields) if fields else None


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
