"""Failure of an Availability Zone: its instances and its load balancer die, and nothing starts there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localcloud import processes
from localcloud.controller import instances
from localcloud.controller.stack_record import FleetRecord
from localcloud.load_balancer.zonal_envoy import ZONE
from localcloud.load_balancer.zones import lost_zones, zones_of_envoys
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from localcloud.processes import CloudProcess
    from localcloud.state_dir import StateDir


class ZoneError(ValueError):
    """Zone that can't fail or come back; the message says why."""


def lose_zone(state_dir: StateDir, zone: str) -> int:
    """Kill all processes of a zone, and start none there until `restore_zone`; return their number.

    Auto Scaling launches the replacements in the other zones.

    Raises:
        ZoneError: the cloud has no such zone, or no other zone.
    """
    lost = lost_zones(state_dir) | {zone}
    known = zones_of_envoys(state_dir)
    if not any(known):
        raise ZoneError("no local cloud with zones runs here")
    if zone not in known:
        raise ZoneError(f"there is no zone {zone}, only {', '.join(known)}")
    if not set(known) - lost:
        raise ZoneError(f"{zone} is the last zone; nothing would be left")
    fleet = FleetRecord.read(state_dir.fleet_record) or FleetRecord()
    dying = [each for each in processes.find(state_dir.home) if _zone_of(each, fleet) == zone]
    # The controller kills what has started there meanwhile.
    replace_text(state_dir.lost_zones, json.dumps(sorted(lost)))
    for cloud_process in dying:
        processes.kill(cloud_process.process)
    return len(dying)


def restore_zone(state_dir: StateDir, zone: str) -> None:
    """Start the load balancer and instances of a lost zone again.

    Raises:
        ZoneError: the zone is not lost.
    """
    lost = lost_zones(state_dir)
    if zone not in lost:
        raise ZoneError(f"{zone} is not lost")
    replace_text(state_dir.lost_zones, json.dumps(sorted(lost - {zone})))


def _zone_of(cloud_process: CloudProcess, fleet: FleetRecord) -> str | None:
    if cloud_process.role == "balancer":
        return cloud_process.environment.get(ZONE)
    return fleet.zones.get(cloud_process.environment.get(instances.INSTANCE_ID, ""))
