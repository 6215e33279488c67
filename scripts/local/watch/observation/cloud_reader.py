"""Reader of a running local cloud: its processes, its files, its load balancers and its instances."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import httpx
import psutil

from localcloud import processes
from localcloud.controller import instances
from localcloud.controller.stack_record import FleetRecord
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.incompatible_state import IncompatibleStateError
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.publication import read_counts
from localcloud.load_balancer.firewall.rules.reserved_names import DEFAULT_ACTION
from localcloud.load_balancer.zonal_envoy import ZonalEnvoy
from localcloud.load_balancer.zones import lost_zones, zones_of_envoys
from scripts.local.firewall_report import latest_requests
from scripts.local.watch.observation.fleet_reader import FleetReader
from scripts.local.watch.observation.reading import (
    FirewallReading,
    InstanceReading,
    NodeReading,
    Reading,
)
from scripts.local.watch.observation.statistics import PATTERN, parse_client_requests, parse_durations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from localcloud.processes import CloudProcess
    from localcloud.state_dir import StateDir
    from scripts.local.watch.observation.histogram import Histogram

EVENTS: Final = 10
"""Number of events in a reading."""

METRICS_TIMEOUT: Final = 0.4
"""Seconds that an instance has to show its metrics; a busy one is left out until the next reading."""

ALL_RULES: Final = "ALL"
"""Name of the sum over all rules in the firewall's counts."""


class CloudReader:
    """Reader of the cloud in one folder, which may stop and start meanwhile."""

    def __init__(self, state_dir: StateDir) -> None:
        """Create the reader; nothing is read yet."""
        self._state_dir = state_dir
        self._fleet: FleetReader | None = None
        self._envoys: dict[str, ZonalEnvoy] = {}
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="metrics")
        self._client = httpx.Client(timeout=METRICS_TIMEOUT, trust_env=False, verify=NO_CERTIFICATES)

    def close(self) -> None:
        """Close all connections; the cloud goes on."""
        self._follow(None)
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def read(self) -> Reading:
        """Read all counters and states now."""
        now = time.monotonic()
        found = processes.find(self._state_dir.home)
        events = EventLog(self._state_dir.events).last(EVENTS)
        try:
            identity = Identity.from_environment(found[0].environment) if found else None
        except IncompatibleStateError:
            identity = None
        self._follow(identity)
        if identity is None or self._fleet is None:
            return Reading(time=now, events=events)
        return Reading(
            time=now,
            url=identity.balancer_url,
            region=identity.region,
            nodes=self._nodes(identity),
            instances=self._instances(found),
            firewall=self._firewall(),
            fleet=self._fleet.latest,
            control_plane_answers=self._fleet.answers,
            events=events,
        )

    def _follow(self, identity: Identity | None) -> None:
        """Begin to read another cloud in the folder if there is one, or none."""
        if self._fleet is not None and self._fleet.identity == identity:
            return
        if self._fleet is not None:
            self._fleet.stop()
        for envoy in self._envoys.values():
            envoy.close()
        self._envoys = {}
        self._fleet = FleetReader(identity) if identity else None
        if self._fleet is not None:
            self._fleet.start()

    def _nodes(self, identity: Identity) -> list[NodeReading]:
        lost = lost_zones(self._state_dir)
        nodes: list[NodeReading] = []
        for zone in zones_of_envoys(self._state_dir):
            if zone not in self._envoys:
                self._envoys[zone] = ZonalEnvoy(self._state_dir, identity, zone)
            envoy = self._envoys[zone]
            statistics = None if zone in lost else envoy.statistics(PATTERN)
            targets = None if statistics is None else envoy.targets()
            if statistics is None or targets is None:
                nodes.append(NodeReading(zone=zone, lost=zone in lost))
                continue
            requests = parse_client_requests(statistics)
            nodes.append(
                NodeReading(
                    zone=zone,
                    answers=True,
                    requests=requests.total,
                    by_class=requests.by_class,
                    denied=requests.denied,
                    targets={name: status.requests for name, status in targets.items()},
                    durations=requests.durations,
                )
            )
        return nodes

    def _instances(self, found: Sequence[CloudProcess]) -> list[InstanceReading]:
        running = {each.environment[instances.INSTANCE_ID]: each for each in found if each.role == "instance"}
        zones = (FleetRecord.read(self._state_dir.fleet_record) or FleetRecord()).zones
        health = _read_json(self._state_dir.target_health)
        fleet = self._fleet.latest if self._fleet else None
        versions: Mapping[str, str] = fleet.versions if fleet else {}
        names = list(dict.fromkeys([*zones, *running]))
        durations = dict(zip(names, self._pool.map(self._durations, map(running.get, names)), strict=True))
        return [
            InstanceReading(
                id=name,
                zone=zones.get(name, ""),
                pid=running[name].process.pid if name in running else None,
                frozen=name in running and processes.is_stopped(running[name].process),
                state=health.get(name, {}).get("state", ""),
                version=versions.get(name, ""),
                listed=name in zones,
                cpu_seconds=_cpu_seconds(running[name].process) if name in running else 0.0,
                durations=durations[name],
            )
            for name in names
        ]

    def _durations(self, instance: CloudProcess | None) -> Histogram:
        """Return the durations that an instance has measured; empty if it does not answer in time."""
        if instance is None:
            return {}
        try:
            answer = self._client.get(f"http://127.0.0.1:{instance.environment[instances.PORT]}/metrics")
        except httpx.HTTPError:
            return {}
        return parse_durations(answer.text) if answer.is_success else {}

    def _firewall(self) -> FirewallReading | None:
        files = FirewallFiles(self._state_dir.firewall)
        counts = read_counts(files.counts)
        if counts is None:
            return None
        total = counts.counts.get(ALL_RULES, {})
        return FirewallReading(
            started=counts.started,
            allowed=total.get("AllowedRequests", 0),
            blocked=total.get("BlockedRequests", 0),
            counted=total.get("CountedRequests", 0),
            by_rule={
                rule: matched
                for rule, metrics in counts.counts.items()
                if rule not in {ALL_RULES, DEFAULT_ACTION}
                and (matched := metrics.get("BlockedRequests", 0) + metrics.get("CountedRequests", 0))
            },
            latest=latest_requests(files),
        )


def _read_json(file: Path) -> Mapping[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
