"""Roll-out of a launch template version: an instance refresh of the fleet's Auto Scaling group."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.fleet.config import MAX_HEALTHY, MIN_HEALTHY
from scripts.rollout.alarm_watch import AlarmError
from scripts.rollout.launch_template import read_boot_settings, user_data_with_archive
from scripts.rollout.rollout_result import FINAL_STATUSES, RolloutError, RolloutResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from types_boto3_autoscaling import AutoScalingClient
    from types_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        DesiredConfigurationOutputTypeDef,
        InstanceRefreshTypeDef,
        LaunchTemplateSpecificationTypeDef,
        MixedInstancesPolicyOutputTypeDef,
        RefreshPreferencesTypeDef,
    )
    from types_boto3_ec2 import EC2Client
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client

    from infra.fleet.user_data import BootSettings
    from scripts.rollout.alarm_watch import AlarmWatch
    from scripts.rollout.publish import PublishedArchive
    from scripts.rollout.rollout_plan import RolloutPlan
    from scripts.rollout.rollout_result import RolloutStatus

POLL_SECONDS: Final = 1.0
"""Seconds between two checks of an instance refresh and of the alarms."""

REFRESH_PREFERENCES: Final[RefreshPreferencesTypeDef] = {
    "MinHealthyPercentage": MIN_HEALTHY,
    "MaxHealthyPercentage": MAX_HEALTHY,
    "AutoRollback": True,
    "SkipMatching": True,
}
"""Preferences of every instance refresh: as in the group itself, new instances serve before old ones end."""

REPLACE_ALL: Final[RefreshPreferencesTypeDef] = {
    "MinHealthyPercentage": 0,
    "MaxHealthyPercentage": 100,
    "AutoRollback": False,
    "SkipMatching": True,
}
"""Preferences of the refresh of a group without a healthy instance: with a minimum of healthy instances it
could not proceed, and there is no version to return to that serves."""

MAXIMUM_REFRESH_ALARMS: Final = 10
"""Maximum alarms of one refresh (Auto Scaling API reference 2011-01-01, AlarmSpecification)."""


class RefreshStalledError(RuntimeError):
    """An instance refresh makes no progress."""


@dataclass(frozen=True, kw_only=True)
class RefreshTimeouts:
    """Timeouts of an instance refresh."""

    warmup: int | None
    """Seconds after its start before an instance counts; None is the group's own."""
    give_up_after: float
    """Seconds without progress after which the refresh is rolled back."""


@dataclass(frozen=True)
class GroupState:
    """Launch template and instances of an Auto Scaling group."""

    template: str
    """ID of its launch template."""
    version: str
    """Version that new instances are launched from."""
    running: frozenset[str]
    """Versions that the present instances were launched from."""
    target_groups: tuple[str, ...]
    """ARNs of the target groups that check its instances."""
    mixed_instances_policy: MixedInstancesPolicyOutputTypeDef | None
    """Its mixed instances policy, if it has several instance types."""

    def desired_configuration(self, version: str) -> DesiredConfigurationOutputTypeDef:
        """Return the desired configuration of a refresh to a version.

        A mixed instances policy is repeated as a whole: a single launch template would replace it.
        """
        specification: LaunchTemplateSpecificationTypeDef = {
            "LaunchTemplateId": self.template,
            "Version": version,
        }
        if self.mixed_instances_policy is None:
            return {"LaunchTemplate": specification}
        policy = self.mixed_instances_policy
        template = policy["LaunchTemplate"] | {"LaunchTemplateSpecification": specification}
        return {"MixedInstancesPolicy": policy | {"LaunchTemplate": template}}


class FleetRollout:
    """Roll-out of launch template versions to one Auto Scaling group."""

    def __init__(
        self,
        autoscaling: AutoScalingClient,
        ec2: EC2Client,
        name: str,
        elbv2: ElasticLoadBalancingv2Client,
    ) -> None:
        self._autoscaling = autoscaling
        self._elbv2 = elbv2
        self._ec2 = ec2
        self.name = name

    def publish(self, archive: PublishedArchive) -> str:
        """Create a template version that runs an archive; return the latest if it runs that already."""
        if self.current_refresh():
            raise RolloutError(
                f"{self.name} is being refreshed already; run this without --archive to watch that"
            )
        template, latest = self._describe().template, self.latest_version()
        settings = self._boot_settings(template, latest)
        if settings.archive_sha256 == archive.sha256:
            return latest
        created = self._ec2.create_launch_template_version(
            LaunchTemplateId=template,
            SourceVersion=latest,
            VersionDescription=f"{archive.key} {archive.sha256[:12]}",
            LaunchTemplateData={"UserData": user_data_with_archive(settings, archive)},
        )
        return str(created["LaunchTemplateVersion"]["VersionNumber"])

    def latest_version(self) -> str:
        """Return the latest version of the group's launch template."""
        template = self._describe().template
        response = self._ec2.describe_launch_templates(LaunchTemplateIds=[template])
        return str(response["LaunchTemplates"][0]["LatestVersionNumber"])

    def serving_version(self) -> str:
        """Return the version that the group launches instances from."""
        return self._describe().version

    def serving_sha256(self) -> str:
        """Return the SHA-256, in hexadecimal, of the archive that new instances run."""
        group = self._describe()
        return self._boot_settings(group.template, group.version).archive_sha256

    def is_released(self, version: str) -> bool:
        """Return whether the group and all its instances are on a version."""
        group = self._describe()
        return group.version == version and group.running <= {version}

    def has_healthy_instance(self) -> bool:
        """Return whether the load balancer finds an instance healthy; true if there is no load balancer."""
        target_groups = self._describe().target_groups
        return not target_groups or any(
            description.get("TargetHealth", {}).get("State") == "healthy"
            for arn in target_groups
            for description in self._elbv2.describe_target_health(TargetGroupArn=arn)[
                "TargetHealthDescriptions"
            ]
        )

    def current_refresh(self) -> InstanceRefreshTypeDef | None:
        """Return the instance refresh that is in progress, if any."""
        response = self._autoscaling.describe_instance_refreshes(AutoScalingGroupName=self.name, MaxRecords=1)
        refreshes = response["InstanceRefreshes"]
        return next((each for each in refreshes if each["Status"] not in FINAL_STATUSES), None)

    def release(
        self,
        new: str,
        plan: RolloutPlan,
        watch: AlarmWatch,
        on_progress: Callable[[str], None],
        timeouts: RefreshTimeouts,
    ) -> RolloutResult:
        """Replace all instances by instances of a version, and roll that back if an alarm goes off.

        If Pulumi or another operator has started an instance refresh already, watch that one instead of
        starting another.

        Args:
            new: Launch template version to release.
            plan: Shares of the instances that are replaced before each pause.
            watch: Alarms to check throughout.
            on_progress: Receives a sentence about each step.
            timeouts: Timeouts of the refresh.

        Raises:
            RolloutError: The refresh can't be started or rolled back.
        """
        group = self._describe()
        old = group.version
        current = self.current_refresh()
        if current:
            new, refresh = _requested_version(current, old), current["InstanceRefreshId"]
            on_progress(f"{self.name}: version {new} is being rolled out already; watching that")
        elif old == new and group.running <= {new}:
            return self._result("nothing new", old, new, old)
        else:
            refresh = self._start(group, new, plan, timeouts, watch.watched_alarms())
            on_progress(f"{self.name}: version {new} is being rolled out")
        try:
            ended = self._wait_for_refresh(
                refresh, watch, on_progress, plan.interval + timeouts.give_up_after
            )
        except (AlarmError, BotoCoreError, ClientError, RolloutError, RefreshStalledError) as error:
            return self._roll_back(refresh, old, new, str(error), on_progress)
        except KeyboardInterrupt:
            return self._roll_back(refresh, old, new, "interrupted", on_progress)
        if ended["Status"] == "Successful":
            return self._result("released", old, new, new)
        return self._unsuccessful_result(ended, old, new, ended.get("StatusReason", ended["Status"]))

    def release_at_once(
        self, new: str, on_progress: Callable[[str], None], timeouts: RefreshTimeouts
    ) -> RolloutResult:
        """Replace all instances together, without steps, alarms or a rollback: none of them is healthy.

        Raises:
            RolloutError: A refresh is in progress, or the wait was interrupted.
        """
        if self.current_refresh():
            raise RolloutError(f"{self.name} is being refreshed already, and no instance is healthy yet")
        group = self._describe()
        if group.version == new and group.running <= {new}:
            reason = "no instance is healthy, and there is no other version to release"
            return self._result("failed", group.version, new, group.version, reason)
        on_progress(
            f"{self.name}: no instance is healthy, so nothing can be lost; version {new} is released at once"
        )
        preferences = REPLACE_ALL
        if timeouts.warmup is not None:
            preferences = preferences | {"InstanceWarmup": timeouts.warmup}
        refresh = self._start_refresh(group, new, preferences)
        try:
            ended = self._wait_for_refresh(refresh, None, on_progress, timeouts.give_up_after)
        except KeyboardInterrupt:
            raise RolloutError(f"interrupted; {self.name} is still being replaced") from None
        except RefreshStalledError as error:
            return self._result("failed", group.version, new, self._describe().version, str(error))
        if ended["Status"] == "Successful":
            return self._result("released", group.version, new, new)
        return self._unsuccessful_result(
            ended, group.version, new, ended.get("StatusReason", ended["Status"])
        )

    def _start(
        self,
        group: GroupState,
        new: str,
        plan: RolloutPlan,
        timeouts: RefreshTimeouts,
        alarms: Sequence[str],
    ) -> str:
        if not group.version.isdecimal():
            raise RolloutError(
                f"{self.name} launches version {group.version} of its template, which nothing can be rolled "
                "back to; set a version number"
            )
        interval = round(plan.interval)
        preferences: RefreshPreferencesTypeDef = REFRESH_PREFERENCES | {
            "CheckpointPercentages": plan.percents,
            "CheckpointDelay": interval,
            # Alarms are watched after the last instance, too: until then it can be rolled back.
            "BakeTime": interval,
        }
        if alarms:
            # Auto Scaling rolls back by itself, even if this process has been killed.
            preferences["AlarmSpecification"] = {"Alarms": list(alarms[:MAXIMUM_REFRESH_ALARMS])}
        if timeouts.warmup is not None:
            preferences["InstanceWarmup"] = timeouts.warmup
        return self._start_refresh(group, new, preferences)

    def _start_refresh(self, group: GroupState, new: str, preferences: RefreshPreferencesTypeDef) -> str:
        response = self._autoscaling.start_instance_refresh(
            AutoScalingGroupName=self.name,
            Strategy="Rolling",
            DesiredConfiguration=group.desired_configuration(new),
            Preferences=preferences,
        )
        return response["InstanceRefreshId"]

    def _wait_for_refresh(
        self,
        refresh: str,
        watch: AlarmWatch | None,
        on_progress: Callable[[str], None],
        give_up_after: float,
    ) -> InstanceRefreshTypeDef:
        """Wait until a refresh has ended; return its description."""
        previous, changed_at = "", time.monotonic()
        while True:
            described = self._describe_refresh(refresh)
            if described["Status"] in FINAL_STATUSES:
                return described
            progress = f"{described['Status']}, {described.get('PercentageComplete', 0)} %"
            if progress != previous:
                on_progress(f"{self.name}: {progress}")
                previous, changed_at = progress, time.monotonic()
            if time.monotonic() - changed_at > give_up_after:
                reason = described.get("StatusReason", progress)
                raise RefreshStalledError(f"no progress for {give_up_after:.0f} s: {reason}")
            if watch:
                watch.check()
            time.sleep(POLL_SECONDS)

    def _roll_back(
        self, refresh: str, old: str, new: str, reason: str, on_progress: Callable[[str], None]
    ) -> RolloutResult:
        """Start a rollback of the refresh, and wait for its end."""
        on_progress(f"{self.name}: back to version {old} ({reason})")
        faults = self._autoscaling.exceptions
        try:
            try:
                self._autoscaling.rollback_instance_refresh(AutoScalingGroupName=self.name)
            except faults.IrreversibleInstanceRefreshFault:
                # Either it is being rolled back already, or it can't be.
                if self._describe_refresh(refresh)["Status"] != "RollbackInProgress":
                    self._autoscaling.cancel_instance_refresh(AutoScalingGroupName=self.name)
            except faults.ActiveInstanceRefreshNotFoundFault:
                on_progress(f"{self.name}: the refresh has ended by itself")
            # No limit: it takes as long as instances take to boot, and Auto Scaling itself gives up at last.
            ended = self._wait_for_refresh(refresh, None, on_progress, float("inf"))
        except (BotoCoreError, ClientError) as error:
            raise RolloutError(f"{reason}, and {self.name} could not be rolled back: {error}") from error
        except KeyboardInterrupt:
            raise RolloutError(f"{reason}; {self.name} is still being rolled back") from None
        return self._unsuccessful_result(ended, old, new, reason)

    def _unsuccessful_result(
        self, ended: InstanceRefreshTypeDef, old: str, new: str, reason: str
    ) -> RolloutResult:
        serves = self._describe().version
        if ended["Status"] == "RollbackSuccessful":
            return self._result("rolled back", old, new, serves, reason)
        reason = f"{reason}; the refresh ended as {ended['Status']}"
        return self._result("failed", old, new, serves, reason)

    def _boot_settings(self, template: str, version: str) -> BootSettings:
        described = self._ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
        data = described["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        return read_boot_settings(data["UserData"])

    def _describe_refresh(self, refresh: str) -> InstanceRefreshTypeDef:
        response = self._autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=self.name, InstanceRefreshIds=[refresh]
        )
        return response["InstanceRefreshes"][0]

    def _describe(self) -> GroupState:
        response = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        if not response["AutoScalingGroups"]:
            raise RolloutError(f"there is no Auto Scaling group {self.name}")
        described = response["AutoScalingGroups"][0]
        template = _launch_template(described)
        return GroupState(
            template["LaunchTemplateId"],
            template["Version"],
            frozenset(each["LaunchTemplate"]["Version"] for each in described["Instances"]),
            tuple(described.get("TargetGroupARNs", ())),
            described.get("MixedInstancesPolicy"),
        )

    def _result(
        self, status: RolloutStatus, old: str, new: str, serves: str, reason: str = ""
    ) -> RolloutResult:
        return RolloutResult(
            shape="fleet",
            result=status,
            name=self.name,
            before=old,
            offered=new,
            serves=serves,
            reason=reason,
        )


def _launch_template(
    described: AutoScalingGroupTypeDef | DesiredConfigurationOutputTypeDef,
) -> LaunchTemplateSpecificationTypeDef:
    """Return the launch template of a described group or of a refresh's desired configuration."""
    policy = described.get("MixedInstancesPolicy")
    if policy:
        return policy["LaunchTemplate"]["LaunchTemplateSpecification"]
    return described.get("LaunchTemplate", {})


def _requested_version(refresh: InstanceRefreshTypeDef, default: str) -> str:
    """Return the launch template version that a refresh moves to."""
    return _launch_template(refresh.get("DesiredConfiguration", {})).get("Version", default)
