"""Load balancer of a local cloud: an Envoy in each zone, configured as the AWS API describes the ALB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.load_balancer.description import describe_load_balancer, differences
from localcloud.load_balancer.envoy_config import configuration_files, no_listeners, with_cluster
from localcloud.load_balancer.firewall.envoy_filter import CLUSTER as FIREWALL_CLUSTER
from localcloud.load_balancer.firewall.envoy_filter import firewall_cluster
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.load_balancer.zonal_envoy import SHARES_PORT, ZonalEnvoy
from localcloud.load_balancer.zones import is_cross_zone, serving_zones, targets_of_zone
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import psutil

    from localcloud.environment import Identity
    from localcloud.load_balancer.envoy_config import EnvoyTarget, Json, TargetStatus
    from localcloud.load_balancer.response_counters import ResponseCounters
    from localcloud.load_balancer.routing.forwarding import TargetGroup
    from localcloud.state_dir import StateDir


class LoadBalancer:
    """Envoys of one cloud, and the files from which they take their configuration."""

    def __init__(self, state_dir: StateDir, identity: Identity, arn: str) -> None:
        """Describe the load balancer with this ARN; nothing is started or written yet."""
        self._state_dir = state_dir
        self._identity = identity
        self.arn = arn
        """ARN of the load balancer in the AWS API."""
        self._targets: list[EnvoyTarget] | None = None
        """Registered targets; None before any are registered: those that Envoy has stay until then."""
        self._members: Mapping[str, AbstractSet[str]] = {}
        """Ids of the registered instances of each target group, by ARN."""
        self._groups: dict[str, TargetGroup] = {}
        """Target groups beside the listener's own, by ARN. Those without a rule stay, as connections of the
        listener before the last change can still forward to them."""
        self._firewall: Path | None = None
        """Socket of the firewall, which stays without a web ACL for the same reason."""
        self._listeners: dict[str, Json] = {}
        """Content of each zone's listener file, while the zone accepts connections."""
        self.description = describe_load_balancer(identity.api, arn)
        zones = self.description.zones if SHARES_PORT else ("",)
        self.envoys = [ZonalEnvoy(state_dir, identity, zone) for zone in zones]

    def close(self) -> None:
        """Close the connections to the admin interfaces; the Envoys go on."""
        for envoy in self.envoys:
            envoy.close()

    @property
    def port(self) -> int:
        """Port on 127.0.0.1 on which it listens."""
        return urlsplit(self._identity.balancer_url).port or 0

    def configure(self) -> None:
        """Write the configuration of the description.

        Raises:
            UnsupportedRuleError: a listener rule has an unsupported condition or action.
        """
        firewall = FirewallFiles(self._state_dir.firewall).socket if self.description.has_web_acl else None
        self._firewall = firewall or self._firewall
        groups = {**self._groups, **self.description.others}
        groups.pop(self.description.target_group_arn, None)
        for envoy in self.envoys:
            contents = configuration_files(
                envoy.files,
                self.port,
                self.description.load_balancer_attributes,
                self.description.target_group,
                self.description.target_group_attributes,
                self.description.rules,
                firewall,
                list(groups.values()),
            )
            if self._firewall:
                of_firewall = firewall_cluster(self._firewall)
                contents[envoy.files.clusters] = with_cluster(contents[envoy.files.clusters], of_firewall)
            for group in groups.values():
                if not envoy.files.endpoints_of(group.cluster).exists():
                    envoy.register([], group.cluster)
            self._listeners[envoy.zone] = contents.pop(envoy.files.listeners)
            envoy.write(contents)
        self._groups = groups
        self._write_targets()

    def follow(self, members_of: Callable[[str], AbstractSet[str]] | None = None) -> list[str]:
        """Read the description again, and write the configuration if it has changed.

        Args:
            members_of: returns the ids of the registered instances of the target group with an ARN. It is
                asked about new groups, so that their targets are known before a request is forwarded to them.

        Returns:
            What has changed, as `name=value`.

        Raises:
            UnsupportedRuleError: a listener rule has an unsupported condition or action. The configuration
                stays, and the error is raised once for each change.
        """
        before, self.description = self.description, describe_load_balancer(self._identity.api, self.arn)
        changed = differences(before, self.description)
        if changed:
            if members_of is not None:
                known = self._members
                self._members = {
                    arn: known[arn] if arn in known else members_of(arn)
                    for arn in dict.fromkeys([*known, *self.description.target_group_arns])
                }
            try:
                self.configure()
            except UnsupportedRuleError:
                raise
            except Exception:
                self.description = before  # so that the change is applied the next time
                raise
        return changed

    def register(
        self, targets: Sequence[EnvoyTarget], members: Mapping[str, AbstractSet[str]] | None = None
    ) -> None:
        """Write the targets that can receive requests, each for the zones that send to it.

        Args:
            targets: all targets.
            members: ids of the instances in each target group, by ARN; without them, all are in each.
        """
        self._targets, self._members = list(targets), {**self._members, **(members or {})}
        self._write_targets()

    def start(self) -> list[psutil.Process]:
        """Start the Envoys with the configuration that has been written."""
        return [envoy.start() for envoy in self.envoys]

    def targets(self) -> dict[str, dict[str, TargetStatus]]:
        """Return the status of each registered target by instance id, for each zone whose Envoy answers."""
        found = {envoy.zone: envoy.targets() for envoy in self.envoys}
        return {zone: statuses for zone, statuses in found.items() if statuses is not None}

    def responses(self) -> dict[str, ResponseCounters]:
        """Return what the targets have responded to each zone whose Envoy answers, since its start."""
        found = {envoy.zone: envoy.responses() for envoy in self.envoys}
        return {zone: counters for zone, counters in found.items() if counters is not None}

    def _write_targets(self) -> None:
        described = self.description
        cross_zone = is_cross_zone(described.load_balancer_attributes, described.target_group_attributes)
        zones = [envoy.zone for envoy in self.envoys]
        serving = serving_zones(zones, self._targets or [], cross_zone=cross_zone)
        for envoy in self.envoys:
            if self._targets is not None:
                own = self._registered(described.target_group_arn)
                envoy.register(targets_of_zone(envoy.zone, own, cross_zone=cross_zone))
                for arn, group in self._groups.items():
                    is_spread = is_cross_zone(described.load_balancer_attributes, group.attributes)
                    found = targets_of_zone(envoy.zone, self._registered(arn), cross_zone=is_spread)
                    envoy.register(found, group.cluster)
            if envoy.zone not in serving:
                envoy.write({envoy.files.listeners: no_listeners()})
                continue
            if envoy.zone in self._listeners:
                clusters = [group.cluster for group in self._groups.values()]
                clusters += [FIREWALL_CLUSTER] if self._firewall else []
                envoy.listen(self._listeners[envoy.zone], clusters)
        replace_text(self._state_dir.zones, json.dumps(zones))

    def _registered(self, arn: str) -> list[EnvoyTarget]:
        """Return the targets of a target group."""
        return [
            target
            for target in self._targets or []
            if not self._members or target.instance_id in self._members.get(arn, ())
        ]
