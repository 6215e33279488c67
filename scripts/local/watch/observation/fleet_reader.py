"""Reader of a fleet's description in the AWS API, in a thread of its own: LocalStack may be slow or lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries
from localcloud.load_balancer.envoy_policies import ALGORITHM, tagged_algorithm
from scripts.local.watch.observation.reading import FleetReading, Policy
from scripts.rollout.rollout_result import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.aws.clients import Api
    from localcloud.environment import Identity

INTERVAL: Final = 2.0
"""Seconds between two descriptions."""


class FleetReader:
    """Thread that describes the fleet of one cloud every few seconds."""

    def __init__(self, identity: Identity) -> None:
        """Create the reader; `start` begins to read."""
        self.identity = identity
        self.latest: FleetReading | None = None
        """Latest description; None before the first."""
        self.answers = True
        """Whether the AWS API has answered the last time."""
        self._over = threading.Event()
        self._outputs: Mapping[str, Any] = {}
        self._types: dict[tuple[str, str], str] = {}

    def start(self) -> None:
        """Start the thread, which ends with `stop` or with the program."""
        threading.Thread(target=self._run, name="fleet-reader", daemon=True).start()

    def stop(self) -> None:
        """Stop the thread after its current request."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self.latest = self.read()
                self.answers = True
            except (BotoCoreError, ClientError, CredentialsError, LookupError, ValueError):
                # A LocalStack that starts again has no fleet for a while.
                self.answers = False
            self._over.wait(INTERVAL)

    def read(self) -> FleetReading | None:
        """Describe the fleet; None if the stack has none."""
        api = self.identity.api
        if not self._outputs:
            self._outputs = aws_queries.read_outputs(api, self.identity.stack) or {}
        name = self._outputs.get("autoScalingGroup")
        if name is None:
            return None
        group = aws_queries.describe_group(api, name)
        policies = aws_queries.describe_policies(api, name).tracking
        alarms = api.client("cloudwatch").describe_alarms()["MetricAlarms"]
        status, progress = _refresh(api, name)
        return FleetReading(
            desired=group.desired,
            minimum=group.limits.minimum,
            maximum=group.limits.maximum,
            instance_type=self._instance_type(api, group.instances),
            policies=[Policy(policy.metric, policy.target, policy.alarms) for policy in policies],
            alarms={alarm.get("AlarmName", ""): alarm.get("StateValue", "") for alarm in alarms},
            versions={each.instance_id: each.template_version for each in group.instances},
            algorithm=_algorithm(api, self._outputs["targetGroupArn"]),
            firewall_blocks=_firewall_blocks(api, self._outputs["loadBalancerArn"]),
            refresh=status,
            refreshed=progress,
        )

    def _instance_type(self, api: Api, instances: list[aws_queries.ListedInstance]) -> str:
        """Return the instance type in the launch template of the first instance that has one."""
        for instance in instances:
            if instance.template_id is None:
                continue
            key = instance.template_id, instance.template_version
            if key not in self._types:
                versions = api.client("ec2").describe_launch_template_versions(
                    LaunchTemplateId=key[0], Versions=[key[1]]
                )["LaunchTemplateVersions"]
                self._types[key] = versions[0]["LaunchTemplateData"].get("InstanceType", "")
            return self._types[key]
        return ""


def _algorithm(api: Api, target_group: str) -> str:
    elbv2 = api.client("elbv2")
    attributes = elbv2.describe_target_group_attributes(TargetGroupArn=target_group)["Attributes"]
    (tags,) = elbv2.describe_tags(ResourceArns=[target_group])["TagDescriptions"]
    described = {item["Key"]: item["Value"] for item in attributes}
    described |= tagged_algorithm({tag["Key"]: tag.get("Value", "") for tag in tags["Tags"]})
    return described.get(ALGORITHM, "")


def _firewall_blocks(api: Api, load_balancer: str) -> bool:
    """Return whether a rule of the web ACL blocks by itself, or by the action of its rule group."""
    answer = api.client("wafv2").get_web_acl_for_resource(ResourceArn=load_balancer)
    rules = answer["WebACL"].get("Rules", []) if "WebACL" in answer else []
    return any(
        "Block" in rule.get("Action", {}) or "None" in rule.get("OverrideAction", {}) for rule in rules
    )


def _refresh(api: Api, group: str) -> tuple[str, int]:
    answer = api.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=group, MaxRecords=1)
    for refresh in answer["InstanceRefreshes"]:
        if refresh["Status"] not in FINAL_STATUSES:
            return refresh["Status"], refresh.get("PercentageComplete", 0)
    return "", 0
