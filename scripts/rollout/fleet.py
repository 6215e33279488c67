"""Releases a version of a launch template: Auto Scaling refreshes the instances of its group."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.fleet.config import MAX_HEALTHY, MIN_HEALTHY
from scripts.rollout.alarms import AlarmError
from scripts.rollout.result import Outcome, RolloutError
from scripts.rollout.user_data import read_boot, with_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scripts.rollout.alarms import Watch
    from scripts.rollout.plan import Plan
    from scripts.rollout.publish import Published
    from scripts.rollout.result import Result

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at a refresh and at the alarms."""

OVER: Final = frozenset({"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})

ALWAYS: Final = {
    "MinHealthyPercentage": MIN_HEALTHY,
    "MaxHealthyPercentage": MAX_HEALTHY,
    "AutoRollback": True,
    "SkipMatching": True,
}
"""Preferences of every refresh: successors serve before their predecessors go, as the group itself has it."""

ALARMS_AT_MOST: Final = 10
"""That a refresh watches by itself (Auto Scaling API reference 2011-01-01, AlarmSpecification)."""


class StuckError(RuntimeError):
    """A refresh gets no further."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long instances may take."""

    warmup: int | None
    """Seconds after its start before an instance counts; None takes the group's own."""
    give_up_after: float
    """Seconds without progress after which the refresh is rolled back."""


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group as it is now."""

    template: str
    """Id of its launch template."""
    version: str
    """That instances are launched from."""
    running: frozenset[str]
    """Versions that instances were launched from."""
    mixture: dict[str, Any] | None
    """Its mixed instances policy, where it has several types of instances."""

    def moved_to(self, version: str) -> dict[str, Any]:
        """Say what the group is to be like, in the words of a refresh's desired configuration.

        A mixture has to be told whole: a launch template alone would take its place.
        """
        named = {"LaunchTemplateId": self.template, "Version": version}
        if self.mixture is None:
            return {"LaunchTemplate": named}
        template = {**self.mixture["LaunchTemplate"], "LaunchTemplateSpecification": named}
        return {"MixedInstancesPolicy": {**self.mixture, "LaunchTemplate": template}}


class Fleet:
    """The instances of a group."""

    def __init__(self, autoscaling: Any, ec2: Any, name: str) -> None:  # noqa: ANN401 - boto3 makes a client's methods at run time
        self._autoscaling = autoscaling
        self._ec2 = ec2
        self.name = name

    def publish(self, archive: Published) -> str:
        """Make a version of the launch template that runs an archive; return the newest where it does."""
        if self.underway():
            raise RolloutError(
                f"{self.name} is being refreshed already; without --archive that is watched to its end"
            )
        template, newest = self._look().template, self.newest()
        described = self._ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[newest])
        data = described["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        present = read_boot(data["UserData"])
        if present.archive_sha256 == archive.sha256:
            return newest
        created = self._ec2.create_launch_template_version(
            LaunchTemplateId=template,
            SourceVersion=newest,
            VersionDescription=f"{archive.key} {archive.sha256[:12]}",
            LaunchTemplateData={"UserData": with_archive(present, archive)},
        )
        return str(created["LaunchTemplateVersion"]["VersionNumber"])

    def newest(self) -> str:
        """Ask for the newest version of the group's launch template."""
        template = self._look().template
        answer = self._ec2.describe_launch_templates(LaunchTemplateIds=[template])
        return str(answer["LaunchTemplates"][0]["LatestVersionNumber"])

    def serving(self) -> str:
        """Ask for the version that the group launches instances from."""
        return self._look().version

    def underway(self) -> dict[str, Any] | None:
        """Ask for the refresh that goes on."""
        answer = self._autoscaling.describe_instance_refreshes(AutoScalingGroupName=self.name, MaxRecords=1)
        return next((each for each in answer["InstanceRefreshes"] if each["Status"] not in OVER), None)

    def release(
        self, new: str, plan: Plan, watch: Watch, tell: Callable[[str], None], patience: Patience
    ) -> Outcome:
        """Replace all instances by those of a version, and roll that back if an alarm goes off.

        A refresh that goes on already, since Pulumi or somebody else has started it, is watched in place of
        one of our own.

        Args:
            new: The version of the launch template.
            plan: The shares of the instances that are replaced before the next pause.
            watch: Looked at all the while.
            tell: Hears of each step.
            patience: How long to wait for instances.

        Raises:
            RolloutError: The refresh can't be started or taken back.
        """
        group = self._look()
        old = group.version
        found = self.underway()
        if found:
            new, refresh = _wanted(found, old), found["InstanceRefreshId"]
            tell(f"{self.name}: version {new} is being rolled out already; watching that")
        elif old == new and group.running <= {new}:
            return self._outcome("nothing new", old, new, old)
        else:
            refresh = self._start(group, new, plan, patience, watch.quiet())
            tell(f"{self.name}: version {new} is being rolled out")
        try:
            told = self._follow(refresh, watch, tell, plan.interval + patience.give_up_after)
        except (AlarmError, BotoCoreError, ClientError, RolloutError, StuckError) as error:
            return self._back(refresh, old, new, str(error), tell)
        except KeyboardInterrupt:
            return self._back(refresh, old, new, "interrupted", tell)
        if told["Status"] == "Successful":
            return self._outcome("released", old, new, new)
        return self._ended_badly(told, old, new, told.get("StatusReason", told["Status"]))

    def _start(self, group: Group, new: str, plan: Plan, patience: Patience, alarms: Sequence[str]) -> str:
        if not group.version.isdecimal():
            raise RolloutError(
                f"{self.name} launches version {group.version} of its template, which nothing can be rolled "
                "back to; let it name a number"
            )
        interval = round(plan.interval)
        preferences: dict[str, Any] = ALWAYS | {
            "CheckpointPercentages": plan.percents,
            "CheckpointDelay": interval,
            # Watched after the last instance, too: until then it can be rolled back.
            "BakeTime": interval,
        }
        if alarms:
            # An alarm takes it back even when nobody watches any more, because this process was killed.
            preferences["AlarmSpecification"] = {"Alarms": list(alarms[:ALARMS_AT_MOST])}
        if patience.warmup is not None:
            preferences["InstanceWarmup"] = patience.warmup
        answer = self._autoscaling.start_instance_refresh(
            AutoScalingGroupName=self.name,
            Strategy="Rolling",
            DesiredConfiguration=group.moved_to(new),
            Preferences=preferences,
        )
        refresh: str = answer["InstanceRefreshId"]
        return refresh

    def _follow(
        self, refresh: str, watch: Watch | None, tell: Callable[[str], None], give_up_after: float
    ) -> dict[str, Any]:
        """Watch a refresh until it is over."""
        last, moved_at = "", time.monotonic()
        while True:
            told = self._ask(refresh)
            if told["Status"] in OVER:
                return told
            now = f"{told['Status']}, {told.get('PercentageComplete', 0)} %"
            if now != last:
                tell(f"{self.name}: {now}")
                last, moved_at = now, time.monotonic()
            if time.monotonic() - moved_at > give_up_after:
                raise StuckError(f"no progress for {give_up_after:.0f} s: {told.get('StatusReason', now)}")
            if watch:
                watch.look()
            time.sleep(LOOK_EVERY)

    def _back(self, refresh: str, old: str, new: str, reason: str, tell: Callable[[str], None]) -> Outcome:
        """Let Auto Scaling put the old instances back, and wait for that."""
        tell(f"{self.name}: back to version {old} ({reason})")
        codes = self._autoscaling.exceptions
        try:
            try:
                self._autoscaling.rollback_instance_refresh(AutoScalingGroupName=self.name)
            except codes.IrreversibleInstanceRefreshFault:
                # Either it is being rolled back already, or it never can be.
                if self._ask(refresh)["Status"] != "RollbackInProgress":
                    self._autoscaling.cancel_instance_refresh(AutoScalingGroupName=self.name)
            except codes.ActiveInstanceRefreshNotFoundFault:
                tell(f"{self.name}: the refresh has ended by itself")
            # It takes as long as instances take to boot; Auto Scaling itself gives up in the end.
            told = self._follow(refresh, None, tell, float("inf"))
        except (BotoCoreError, ClientError) as error:
            raise RolloutError(f"{reason}, and {self.name} could not be rolled back: {error}") from error
        except KeyboardInterrupt:
            raise RolloutError(f"{reason}; {self.name} is still being rolled back") from None
        return self._ended_badly(told, old, new, reason)

    def _ended_badly(self, told: dict[str, Any], old: str, new: str, reason: str) -> Outcome:
        serves = self._look().version
        if told["Status"] == "RollbackSuccessful":
            return self._outcome("rolled back", old, new, serves, reason)
        return self._outcome("failed", old, new, serves, f"{reason}; the refresh ended as {told['Status']}")

    def _ask(self, refresh: str) -> dict[str, Any]:
        answer = self._autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=self.name, InstanceRefreshIds=[refresh]
        )
        told: dict[str, Any] = answer["InstanceRefreshes"][0]
        return told

    def _look(self) -> Group:
        answer = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        if not answer["AutoScalingGroups"]:
            raise RolloutError(f"there is no Auto Scaling group {self.name}")
        described = answer["AutoScalingGroups"][0]
        mixture = described.get("MixedInstancesPolicy")
        template = _template_of(described)
        return Group(
            template["LaunchTemplateId"],
            template["Version"],
            frozenset(each["LaunchTemplate"]["Version"] for each in described["Instances"]),
            mixture,
        )

    def _outcome(self, result: Result, old: str, new: str, serves: str, reason: str = "") -> Outcome:
        return Outcome(
            shape="fleet",
            result=result,
            name=self.name,
            before=old,
            offered=new,
            serves=serves,
            reason=reason,
        )


def _template_of(described: Mapping[str, Any]) -> dict[str, str]:
    """Read what instances are launched from out of a group, or out of what one is to be like."""
    mixture = described.get("MixedInstancesPolicy")
    if mixture:
        return mixture["LaunchTemplate"]["LaunchTemplateSpecification"]
    return described.get("LaunchTemplate", {})


def _wanted(refresh: Mapping[str, Any], otherwise: str) -> str:
    """Read which version of the launch template a refresh moves to."""
    return _template_of(refresh.get("DesiredConfiguration", {})).get("Version", otherwise)
