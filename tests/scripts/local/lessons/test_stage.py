"""Stage of a lesson: the sizes that it sets, when its fleet is whole, and what is put back at its end."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner

from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.environment import Identity
from localcloud.load_balancer.zones import lost_zones
from localcloud.state_dir import StateDir
from localcloud.status import ComponentStatus, InstanceStatus, Status
from scripts.cli import main
from scripts.local.lessons import document, registry
from scripts.local.lessons import stage as stage_module
from scripts.local.lessons.attacks import WebAcl
from scripts.local.lessons.ideas import balancing, zone
from scripts.local.lessons.ideas.api import LESSON
from scripts.local.lessons.ideas.scaling.target_tracking import MAXIMUM, MINIMUM, POLICY, track_target
from scripts.local.lessons.stage import Sizes, Stage, StageError, is_whole
from scripts.local.lessons.texts import Table, Text
from tests.stubbed import stub

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from localcloud.aws.clients import Api
    from scripts.local.lessons.lesson import LessonResult
    from tests.stubbed import Answers

Call = tuple[str, dict[str, Any], dict[str, Any]]
"""Operation of the AWS API, what is asked, and what is answered."""


@pytest.mark.parametrize(("instances", "maximum"), [(1, 4), (4, 4), (6, 6)])
def test_a_fleet_that_stays_at_a_size_keeps_its_maximum_unless_it_is_too_low(instances: int, maximum: int):
    assert Sizes(2, 4, 3).fixed_at(instances) == (instances, maximum, instances)


def fleet(*healths: str, zone: str | None = "us-east-1a") -> list[InstanceStatus]:
    return [
        InstanceStatus(id=f"i-{number}{zone}", zone=zone, pid=1, health=health, ready=True)
        for number, health in enumerate(healths)
    ]


@pytest.mark.parametrize(
    ("instances", "whole"),
    [
        (fleet("healthy", "healthy"), True),
        (fleet("healthy", "healthy") + fleet("draining", zone=None), True),
        (fleet("healthy"), False),
        (fleet("healthy", "healthy", "healthy"), False),
        (fleet("healthy", "standby"), False),
        (fleet("unused", "healthy"), False),
        ([], False),
    ],
)
def test_a_fleet_is_whole_when_all_of_the_asked_for_instances_are_healthy_and_no_other_is_in_it(
    instances: list[InstanceStatus], *, whole: bool
):
    status = Status(outputs={"autoScalingGroup": "fleet"}, instances=instances)
    assert is_whole(status, 2) is whole


ELB: Final = "arn:aws:elasticloadbalancing:eu-west-1:000000000000"
OUTPUTS: Final = {
    "autoScalingGroup": "fleet",
    "loadBalancerArn": f"{ELB}:loadbalancer/app/iris/1",
    "targetGroupArn": f"{ELB}:targetgroup/iris/2",
}


class Cloud:
    """Cloud of two healthy instances, as its status shows it, whose AWS API gives the answers of a test."""

    def __init__(self, folder: Path) -> None:
        self.state_dir = StateDir(folder)
        write_credentials(self.state_dir.key_file, generate_credentials())
        identity = Identity(
            "dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:1", str(self.state_dir.key_file)
        )
        self.status = Status(
            identity, OUTPUTS, [ComponentStatus("balancer", 1, answers=True)], fleet("healthy", "healthy")
        )

    @contextmanager
    def answering(self, **answers: Answers) -> Generator[None]:
        """Stub the answers of the API, all of which are needed."""
        assert self.status.identity
        api: Api = self.status.identity.api
        stubs = [stub(api.client_by_name(service), listed) for service, listed in answers.items()]
        with ExitStack() as stack:
            for each in stubs:
                stack.enter_context(each)
            yield
            for each in stubs:
                each.assert_no_pending_responses()

    @contextmanager
    def open(self, **answers: Answers) -> Generator[Stage]:
        """Yield a stage, and close it; the API gives these answers, all of which are needed."""
        with self.answering(**answers):
            stage = Stage(self.state_dir, lambda _: None)
            try:
                yield stage
            finally:
                stage.close()


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = Cloud(tmp_path)

    def read_status(_: StateDir) -> Status:
        return cloud.status

    monkeypatch.setattr(stage_module, "read_status", read_status)
    return cloud


def group_answer(minimum: int, maximum: int, desired: int) -> Call:
    described: Any = {"MinSize": minimum, "MaxSize": maximum, "DesiredCapacity": desired}
    described |= {"AutoScalingGroupName": "fleet", "DefaultCooldown": 0, "AvailabilityZones": ["a"]}
    described |= {"HealthCheckType": "ELB", "CreatedTime": 0}
    return (
        "describe_auto_scaling_groups",
        {"AutoScalingGroupNames": ["fleet"]},
        {"AutoScalingGroups": [described]},
    )


def sized(**sizes: int) -> Call:
    return "update_auto_scaling_group", {"AutoScalingGroupName": "fleet", **sizes}, {}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"identity": None}, "no local cloud runs in"),
        ({"outputs": {}}, "no local cloud runs in"),
        ({"outputs": {"restApiId": "api"}}, "has a function and no instances"),
        ({"instances": fleet("unhealthy")}, "the cloud is not ready"),
        ({"parts": [ComponentStatus("balancer", 1, answers=False)]}, "the cloud is not ready"),
    ],
)
def test_a_lesson_needs_a_fleet_that_is_up(cloud: Cloud, changed: dict[str, Any], reason: str):
    cloud.status = replace(cloud.status, **changed)
    with pytest.raises(StageError, match=reason):
        Stage(cloud.state_dir, lambda _: None)


def test_what_a_lesson_changes_is_undone_at_its_end_the_last_change_first(cloud: Cloud):
    undone: list[str] = []
    with cloud.open(autoscaling=[group_answer(2, 4, 2)]) as stage:
        stage.on_end(undone.append, "first")
        stage.on_end(undone.append, "second")
        assert undone == []
    assert undone == ["second", "first"]


def test_a_lesson_that_changes_the_size_several_times_restores_the_first_one(cloud: Cloud):
    sizes = [
        group_answer(1, 4, 2),
        sized(MinSize=2, MaxSize=4, DesiredCapacity=2),
        sized(MinSize=2, MaxSize=4, DesiredCapacity=2),
        sized(MinSize=1, MaxSize=4, DesiredCapacity=2),
        group_answer(1, 4, 2),
    ]
    with cloud.open(autoscaling=sizes) as stage:
        stage.resize(2)
        stage.resize(2)


def algorithm(name: str) -> dict[str, Any]:
    return {"Attributes": [{"Key": balancing.ALGORITHM, "Value": name}]}


@pytest.mark.parametrize("tagged", [True, False])
def test_an_interrupted_lesson_about_balancing_leaves_the_algorithm_and_its_tag_as_they_were(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, tagged: bool
):
    def interrupted(_pid: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(balancing, "throttled", interrupted)
    cloud.status = replace(cloud.status, instances=fleet("healthy", "healthy", "healthy"))
    arn, arns = {"TargetGroupArn": OUTPUTS["targetGroupArn"]}, {"ResourceArns": [OUTPUTS["targetGroupArn"]]}
    tag = {"Key": balancing.ALGORITHM_TAG, "Value": balancing.LEAST_LOAD}
    removal: Call = ("remove_tags", arns | {"TagKeys": [balancing.ALGORITHM_TAG]}, {})
    listed = [{"Key": "project", "Value": "iris"}, *([tag] if tagged else [])]
    elbv2: Answers = [
        ("describe_target_group_attributes", arn, algorithm("weighted_random")),
        ("modify_target_group_attributes", arn | algorithm("round_robin"), {}),
        ("describe_tags", arns, {"TagDescriptions": [{"Tags": listed}]}),
        removal,
        ("add_tags", arns | {"Tags": [tag]}, {}) if tagged else removal,
        ("modify_target_group_attributes", arn | algorithm("weighted_random"), {}),
    ]
    autoscaling: Answers = [
        group_answer(1, 4, 3),
        sized(MinSize=3, MaxSize=4, DesiredCapacity=3),
        sized(MinSize=1, MaxSize=4, DesiredCapacity=3),
        group_answer(1, 4, 3),
    ]
    with cloud.open(elbv2=elbv2, autoscaling=autoscaling) as stage, pytest.raises(KeyboardInterrupt):
        balancing.measure(stage)


@pytest.mark.parametrize("shrinks", [True, False])
def test_a_policy_of_a_lesson_scales_in_only_if_the_lesson_wants_it_and_is_deleted(
    cloud: Cloud, *, shrinks: bool
):
    configuration = {
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": "app/iris/1/targetgroup/iris/2",
        },
        "TargetValue": 600.0,
        "DisableScaleIn": not shrinks,
    }
    named = {"AutoScalingGroupName": "fleet", "PolicyName": POLICY}
    put = named | {"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": configuration}
    autoscaling: Answers = [
        group_answer(1, 4, 2),
        sized(MinSize=MINIMUM, MaxSize=4, DesiredCapacity=MINIMUM),
        sized(MaxSize=MAXIMUM),
        ("put_scaling_policy", put, {}),
        ("delete_policy", named, {}),
        sized(MinSize=1, MaxSize=4, DesiredCapacity=2),
        group_answer(1, 4, 2),
    ]
    with cloud.open(autoscaling=autoscaling) as stage:
        track_target(stage, shrinks=shrinks)


def test_the_rules_of_the_firewall_are_those_of_before_after_a_lesson(cloud: Cloud):
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "acl"}
    rules = [{"Name": "a", "Priority": 0, "Statement": {}, "VisibilityConfig": visibility}]
    acl: dict[str, Any] = {
        "Name": "acl",
        "Id": "1",
        "ARN": "arn:aws:wafv2:acl-of-iris",
        "DefaultAction": {"Allow": {}},
    }
    acl |= {"VisibilityConfig": visibility, "Rules": rules}
    named = {"Name": "acl", "Id": "1", "Scope": "REGIONAL"}

    def updated(rules: list[Any], token: str) -> Answers:
        settings: dict[str, Any] = {
            "DefaultAction": {"Allow": {}},
            "VisibilityConfig": visibility,
            "Rules": rules,
        }
        return [
            ("get_web_acl", named, {"WebACL": acl, "LockToken": token}),
            ("update_web_acl", named | {"LockToken": token} | settings, {}),
        ]

    wafv2: Answers = [
        ("get_web_acl_for_resource", {"ResourceArn": OUTPUTS["loadBalancerArn"]}, {"WebACL": acl}),
        *updated([], "token-of-the-lesson"),
        *updated(rules, "token-of-its-end"),
    ]
    with cloud.open(wafv2=wafv2, autoscaling=[group_answer(1, 4, 2)]) as stage:
        WebAcl(stage).update([])


def test_a_lost_zone_is_back_after_an_interrupted_lesson(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    cloud.state_dir.balancer.mkdir()
    cloud.state_dir.zones.write_text(json.dumps(["us-east-1a", "us-east-1b"]))

    def interrupted(_stage: Stage, break_it: Callable[[], object], _within: float) -> None:
        break_it()
        assert lost_zones(cloud.state_dir) == {"us-east-1a"}
        raise KeyboardInterrupt

    monkeypatch.setattr(zone, "measure_outage", interrupted)
    with cloud.open(autoscaling=[group_answer(1, 4, 2)]) as stage, pytest.raises(KeyboardInterrupt):
        zone.measure(stage)
    assert lost_zones(cloud.state_dir) == set()


@pytest.mark.parametrize(
    ("language", "printed"), [("en", "Error: the lake is dry."), ("es", "Error: el lago está seco.")]
)
def test_the_command_puts_everything_back_if_the_lesson_can_not_go_on(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, language: str, printed: str
):
    undone: list[str] = []

    def measure(stage: Stage) -> Any:
        stage.on_end(undone.append, "changed")
        raise StageError(Text("the lake is dry", "el lago está seco"))

    def find_lesson(_: str) -> Any:
        return replace(LESSON, measure=measure)

    monkeypatch.setattr(registry, "find_lesson", find_lesson)
    words = ["lesson", "api", "--home", str(cloud.state_dir.home), "--lang", language]
    with cloud.answering(autoscaling=[group_answer(1, 4, 2)]):
        ended = CliRunner().invoke(main, words)
    assert (ended.exit_code, ended.stderr.splitlines()[-1]) == (1, printed)
    assert undone == ["changed"]


def test_only_a_healthy_instance_of_the_group_with_a_process_is_a_victim(cloud: Cloud):
    left = InstanceStatus("i-left", None, 1, "healthy", ready=True)
    dead = InstanceStatus("i-dead", "us-east-1a", None, "healthy", ready=False)
    cloud.status = replace(cloud.status, instances=[left, dead, *fleet("healthy")])
    with cloud.open() as stage:
        assert stage.victim() == (fleet("healthy")[0], 1)
        assert stage.healthy() == fleet("healthy")
        cloud.status = replace(cloud.status, instances=[left, dead])
        with pytest.raises(StageError, match="no instance is healthy"):
            stage.victim()


@pytest.mark.parametrize(("option", "recorded"), [([], []), (["--record"], ["api", "health"])])
def test_all_lessons_run_one_after_the_other_and_are_recorded_on_request(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, option: list[str], recorded: list[str]
):
    def measure(_: Stage) -> list[Any]:
        return []

    def table(_: object) -> Table:
        return Table(["request"], [["GET /"]])

    def conclusion(_: object) -> Text:
        return Text("It answers.", "Responde.")

    lessons = [
        replace(LESSON, name=name, measure=measure, table=table, conclusion=conclusion)
        for name in ("api", "health")
    ]
    found: list[str] = []

    def record(result: LessonResult) -> None:
        found.append(result.lesson.name)

    monkeypatch.setattr(registry, "LESSONS", lessons)
    monkeypatch.setattr(document, "record", record)
    words = ["lesson", "all", "--home", str(cloud.state_dir.home), "--format", "json", *option]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == 0, ended.stderr
    assert [json.loads(line)["lesson"] for line in ended.stdout.splitlines()] == ["api", "health"]
    assert found == recorded
