"""Measurement of how soon a running local cloud follows what is changed by the AWS API.

    make up
    .venv/bin/python -m tests.localstack.follow_times 3

Each change is made as many times as the argument says, and undone. The time is that from the answer of the
API until a client sees the effect, or the event log has it; for a scheduled action, from its time on. The
medians are in "What it follows" of `docs/local-cloud.md`.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import httpx

from localcloud.environment import Identity
from localcloud.load_balancer.description import find_listener
from tests.localstack.conftest import RunningCloud

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

LIMIT: Final = 120.0
"""Maximum seconds until an effect is seen."""

ROUTE: Final = "/api/v01/classify/1.4/0.2/5.1/3.5"

ALARMS: Final = {"ScalingProcesses": ["AlarmNotification"]}

TEAPOT: Final = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": ""},
}


class FollowTimes:
    """Times of one cloud, by the commands of the AWS CLI that make the change."""

    def __init__(self, home: Path) -> None:
        """Measure a running cloud in its folder."""
        status = RunningCloud(home).status()
        api = Identity(**status["identity"]).api
        self.elbv2: Any = api.client("elbv2")
        self.autoscaling: Any = api.client("autoscaling")
        self.ec2: Any = api.client("ec2")
        self.wafv2: Any = api.client("wafv2")
        self.cloudwatch: Any = api.client("cloudwatch")
        self.url = status["url"]
        self.group: str = status["outputs"]["autoScalingGroup"]
        self.balancer: str = status["outputs"]["loadBalancerArn"]
        self.targets: str = status["outputs"]["targetGroupArn"]
        self.listener = find_listener(api, self.balancer)
        self.events = home / "events.jsonl"
        self.found: dict[str, list[float]] = {}

    def measure(self) -> None:
        """Make, time and undo each change once, without the cooldown, for which an alarm would wait."""
        cooldown = self._group()["DefaultCooldown"]
        self._set_cooldown(0)
        try:
            self._measure()
        finally:
            self._set_cooldown(cooldown)

    def _set_cooldown(self, seconds: int) -> None:
        self.autoscaling.update_auto_scaling_group(AutoScalingGroupName=self.group, DefaultCooldown=seconds)

    def _measure(self) -> None:
        for change in (
            self.attribute,
            self.tag,
            self.health_check,
            self.load_balancer_attribute,
            self.rule,
            self.default_action,
            self.web_acl,
            self.policy,
            self.alarm,
            self.scheduled_action,
            self.size,
            self.resumed_process,
            self.standby,
            self.registration,
            self.protection,
            self.health,
            self.stopped,
            self.refresh,
        ):
            self._settle()
            # Else target tracking ends an instance that was added, as hardly a request is sent.
            if change != self.alarm:
                self.autoscaling.suspend_processes(**ALARMS, AutoScalingGroupName=self.group)
            try:
                change()
            finally:
                self.autoscaling.resume_processes(**ALARMS, AutoScalingGroupName=self.group)
            sys.stderr.write(".")
            sys.stderr.flush()

    def attribute(self) -> None:
        """Switch stickiness on, whose cookie a client sees."""
        with self._attributes("stickiness.enabled", "true", "false"):
            self._until("modify-target-group-attributes", lambda: "set-cookie" in self._get(ROUTE).headers)

    def tag(self) -> None:
        """Balance by load."""
        arns = [self.targets]
        with self._event("add-tags", "the load balancer follows load_balancing"):
            self.elbv2.add_tags(
                ResourceArns=arns, Tags=[{"Key": "local-cloud:algorithm", "Value": "least_load"}]
            )
        self.elbv2.remove_tags(ResourceArns=arns, TagKeys=["local-cloud:algorithm"])

    def health_check(self) -> None:
        """Set the interval of the health check."""
        before = self.elbv2.describe_target_groups(TargetGroupArns=[self.targets])["TargetGroups"][0]
        seconds = before["HealthCheckIntervalSeconds"]
        with self._event("modify-target-group", f"HealthCheckIntervalSeconds={seconds + 1}"):
            self.elbv2.modify_target_group(
                TargetGroupArn=self.targets, HealthCheckIntervalSeconds=seconds + 1
            )
        self.elbv2.modify_target_group(TargetGroupArn=self.targets, HealthCheckIntervalSeconds=seconds)

    def load_balancer_attribute(self) -> None:
        """Set the idle timeout."""
        for value, command in (("61", "modify-load-balancer-attributes"), ("60", "")):
            change = {"Key": "idle_timeout.timeout_seconds", "Value": value}
            with self._event(command, f"idle_timeout.timeout_seconds={value}"):
                self.elbv2.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=[change])

    def rule(self) -> None:
        """Create a rule, whose response a client sees."""
        rule = self.elbv2.create_rule(
            ListenerArn=self.listener["ListenerArn"],
            Priority=4321,
            Conditions=[{"Field": "path-pattern", "Values": ["/follow-times"]}],
            Actions=[TEAPOT],
        )["Rules"][0]
        self._until("create-rule", lambda: self._get("/follow-times").status_code == 418)
        self.elbv2.delete_rule(RuleArn=rule["RuleArn"])

    def default_action(self) -> None:
        """Set the default action, whose response a client sees."""
        arn, before = self.listener["ListenerArn"], self.listener["DefaultActions"]
        self.elbv2.modify_listener(ListenerArn=arn, DefaultActions=[TEAPOT])
        self._until("modify-listener", lambda: self._get(ROUTE).status_code == 418)
        self.elbv2.modify_listener(ListenerArn=arn, DefaultActions=before)

    def web_acl(self) -> None:
        """Add a rule to the web ACL, which blocks a client."""
        acl = self.wafv2.get_web_acl_for_resource(ResourceArn=self.balancer)["WebACL"]
        rule: dict[str, Any] = {
            "Name": "follow-times",
            "Priority": 4321,
            "Action": {"Block": {}},
            "Statement": {
                "ByteMatchStatement": {
                    "SearchString": b"/follow-times",
                    "FieldToMatch": {"UriPath": {}},
                    "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
                    "PositionalConstraint": "EXACTLY",
                }
            },
            "VisibilityConfig": acl["VisibilityConfig"] | {"MetricName": "follow-times"},
        }
        self._set_rules(acl, [*acl["Rules"], rule])
        self._until("update-web-acl", lambda: self._get("/follow-times").status_code == 403)
        self._set_rules(acl, acl["Rules"])

    def policy(self) -> None:
        """Execute a simple policy."""
        self._put_policy()
        with self._event("execute-policy", " starts in "):
            self.autoscaling.execute_policy(AutoScalingGroupName=self.group, PolicyName="follow-times")
        self._delete_policy()

    def alarm(self) -> None:
        """Set off an alarm of a simple policy by hand."""
        arn = self._put_policy()
        self.cloudwatch.put_metric_alarm(
            AlarmName="follow-times",
            Namespace="FollowTimes",
            MetricName="None",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[arn],
        )
        with self._event("set-alarm-state", " starts in "):
            self.cloudwatch.set_alarm_state(
                AlarmName="follow-times", StateValue="ALARM", StateReason="measurement"
            )
        self.cloudwatch.delete_alarms(AlarmNames=["follow-times"])
        self._delete_policy()

    def scheduled_action(self) -> None:
        """Schedule a larger size."""
        start = datetime.now(UTC) + timedelta(seconds=5)
        self.autoscaling.put_scheduled_update_group_action(
            AutoScalingGroupName=self.group,
            ScheduledActionName=f"follow-times-{uuid4()}",
            StartTime=start,
            DesiredCapacity=self._desired() + 1,
        )
        with self._event("put-scheduled-update-group-action", " starts in "):
            time.sleep(max(0, (start - datetime.now(UTC)).total_seconds()))

    def size(self) -> None:
        """Add an instance."""
        with self._event("set-desired-capacity", " starts in "):
            self._set_desired(self._desired() + 1)

    def resumed_process(self) -> None:
        """Resume launches, of which one was put off."""
        launch = {"AutoScalingGroupName": self.group, "ScalingProcesses": ["Launch"]}
        self.autoscaling.suspend_processes(**launch)
        self._set_desired(self._desired() + 1)
        with self._event("resume-processes", " starts in "):
            self.autoscaling.resume_processes(**launch)

    def standby(self) -> None:
        """Place an instance into standby, and take it out again."""
        named = {"AutoScalingGroupName": self.group, "InstanceIds": [self._grown()]}
        with self._event("enter-standby", "is not registered and receives no requests"):
            self.autoscaling.enter_standby(ShouldDecrementDesiredCapacity=True, **named)
        self.autoscaling.exit_standby(**named)

    def registration(self) -> None:
        """Deregister an instance, and register it again."""
        named = {"TargetGroupArn": self.targets, "Targets": [{"Id": self._grown()}]}
        with self._event("deregister-targets", "is not registered and receives no requests"):
            self.elbv2.deregister_targets(**named)
        self.elbv2.register_targets(**named)

    def protection(self) -> None:
        """Release an instance of a group that is too large."""
        self._grown()
        all_of_them = {"AutoScalingGroupName": self.group, "InstanceIds": self._instances()}
        self.autoscaling.set_instance_protection(ProtectedFromScaleIn=True, **all_of_them)
        self._set_desired(2)
        with self._event("set-instance-protection", "is deregistered"):
            self.autoscaling.set_instance_protection(ProtectedFromScaleIn=False, **all_of_them)

    def health(self) -> None:
        """Mark an instance as unhealthy."""
        name = self._grown()
        with self._event("set-instance-health", " starts in "):
            self.autoscaling.set_instance_health(
                InstanceId=name, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )

    def stopped(self) -> None:
        """Stop an instance in EC2."""
        name = self._grown()
        with self._event("stop-instances", " starts in "):
            self.ec2.stop_instances(InstanceIds=[name])

    def refresh(self) -> None:
        """Replace instances."""
        with self._event("start-instance-refresh", " starts in "):
            self.autoscaling.start_instance_refresh(
                AutoScalingGroupName=self.group,
                Preferences={"InstanceWarmup": 0, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 150},
            )
        self.autoscaling.cancel_instance_refresh(AutoScalingGroupName=self.group)
        self._await(lambda: self._refresh_status() == "Cancelled")

    def _refresh_status(self) -> str:
        return self.autoscaling.describe_instance_refreshes(AutoScalingGroupName=self.group)[
            "InstanceRefreshes"
        ][0]["Status"]

    def _settle(self) -> None:
        """Wait until the group has two healthy instances, and the last change is undone."""
        self._set_desired(2)
        self._await(lambda: self._healthy() == 2)
        time.sleep(3)

    def _grown(self) -> str:
        """Return an instance of a group that has grown to three, so that two go on serving."""
        self._set_desired(3)
        self._await(lambda: self._healthy() == 3)
        return self._instances()[-1]

    def _healthy(self) -> int:
        described = self.elbv2.describe_target_health(TargetGroupArn=self.targets)
        states = [each["TargetHealth"]["State"] for each in described["TargetHealthDescriptions"]]
        return states.count("healthy") if len(states) == states.count("healthy") else -1

    def _group(self) -> dict[str, Any]:
        described = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.group])
        return described["AutoScalingGroups"][0]

    def _desired(self) -> int:
        return self._group()["DesiredCapacity"]

    def _instances(self) -> list[str]:
        return [each["InstanceId"] for each in self._group()["Instances"]]

    def _set_desired(self, size: int) -> None:
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=self.group, DesiredCapacity=size)

    def _put_policy(self) -> str:
        return self.autoscaling.put_scaling_policy(
            AutoScalingGroupName=self.group,
            PolicyName="follow-times",
            AdjustmentType="ChangeInCapacity",
            ScalingAdjustment=1,
            Cooldown=0,
        )["PolicyARN"]

    def _delete_policy(self) -> None:
        self.autoscaling.delete_policy(AutoScalingGroupName=self.group, PolicyName="follow-times")

    def _set_rules(self, acl: dict[str, Any], rules: list[dict[str, Any]]) -> None:
        place = {"Name": acl["Name"], "Scope": "REGIONAL", "Id": acl["Id"]}
        token = self.wafv2.get_web_acl(**place)["LockToken"]
        kept = {key: acl[key] for key in ("DefaultAction", "VisibilityConfig")}
        self.wafv2.update_web_acl(LockToken=token, Rules=rules, **place, **kept)

    @contextmanager
    def _attributes(self, key: str, value: str, before: str) -> Generator[None]:
        for each in (value, before):
            self.elbv2.modify_target_group_attributes(
                TargetGroupArn=self.targets, Attributes=[{"Key": key, "Value": each}]
            )
            if each == value:
                yield

    @contextmanager
    def _event(self, command: str, text: str) -> Generator[None]:
        """Time from the end of the change in this context until an event has a text."""
        before = self.events.stat().st_size

        def is_written() -> bool:
            with self.events.open("rb") as log:
                log.seek(before)
                return text in log.read().decode()

        yield
        self._until(command, is_written)

    def _until(self, command: str, is_seen: Callable[[], bool]) -> None:
        began = time.monotonic()
        self._await(is_seen)
        if command:
            self.found.setdefault(command, []).append(time.monotonic() - began)

    def _await(self, is_seen: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT
        while not is_seen():
            if time.monotonic() > deadline:
                sys.exit(f"not followed within {LIMIT:.0f} s; so far: {self.found}")
            time.sleep(0.05)

    def _get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=10)


def main() -> None:
    """Print the median and the maximum of each change, in seconds."""
    times = FollowTimes(Path(".local").resolve())
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        times.measure()
    sys.stderr.write("\n")
    for command, seconds in times.found.items():
        sys.stdout.write(f"{command:36} {median(seconds):5.1f} {max(seconds):5.1f}\n")


if __name__ == "__main__":
    main()
