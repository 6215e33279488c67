"""Marks of changes: what LocalStack marks, and when a reader of the AWS API reads again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from botocore.exceptions import ClientError

from localcloud.localstack import changes
from localcloud.localstack.changes import ChangeCursor, UntilChanged
from tests.suite.clock import Clock
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.localcloud.localstack.fleet import FleetResources

WITHIN: Final = 30.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(changes, "time", clock)
    return clock


def mark(folder: Path) -> None:
    with (folder / "changes").open("ab") as file:
        file.write(b".")


def test_the_marks_of_another_localstack_are_changes_though_there_are_as_many(tmp_path: Path, clock: Clock):
    cursor = ChangeCursor(tmp_path)
    mark(tmp_path)
    assert cursor.is_due()
    with cursor.reading():
        pass
    assert not cursor.is_due()
    (tmp_path / "other").write_bytes(b".")
    (tmp_path / "other").replace(tmp_path / "changes")
    assert cursor.is_due()
    assert clock.now == 100


def test_an_answer_is_read_again_only_after_a_change(tmp_path: Path, clock: Clock):
    asked: list[str] = []

    def read(name: str) -> int:
        asked.append(name)
        return len(asked)

    reader = UntilChanged(tmp_path, read)
    mark(tmp_path)
    assert [reader(name) for name in ("a", "a", "b", "a", "b")] == [1, 1, 2, 1, 2]
    mark(tmp_path)
    assert [reader(name) for name in ("b", "b", "a", "b", "a")] == [3, 3, 4, 3, 4]
    assert asked == ["a", "b", "b", "a"]
    assert clock.now == 100


def test_all_is_read_again_after_a_minute_without_a_change(tmp_path: Path, clock: Clock):
    asked: list[str] = []
    reader = UntilChanged(tmp_path, asked.append)
    mark(tmp_path)
    for seconds in (0, 30, 29.9, 0.1, 59.9):
        clock.now += seconds
        reader("a")
    assert asked == ["a", "a"]


def test_without_marks_each_answer_is_read(tmp_path: Path):
    asked: list[str] = []
    reader = UntilChanged(tmp_path / "no-folder", asked.append)
    for _ in range(3):
        reader("a")
    assert asked == ["a"] * 3


def test_a_change_while_an_answer_is_read_is_seen_the_next_time(tmp_path: Path):
    values = iter((1, 2))

    def read() -> int:
        value = next(values)
        mark(tmp_path)
        return value

    reader = UntilChanged(tmp_path, read)
    mark(tmp_path)
    assert [reader(), reader()] == [1, 2]


def test_an_answer_that_failed_is_read_the_next_time(tmp_path: Path):
    answers = iter((OSError, 1))

    def read() -> object:
        if (answer := next(answers)) is OSError:
            raise OSError
        return answer

    reader = UntilChanged(tmp_path, read)
    mark(tmp_path)
    with pytest.raises(OSError):  # noqa: PT011 - without a message
        reader()
    assert [reader(), reader()] == [1, 1]


def test_a_reader_with_an_interval_waits_for_its_end_after_success_and_failure(tmp_path: Path, clock: Clock):
    cursor = ChangeCursor(tmp_path, interval=2, read_at=clock.now)
    mark(tmp_path)
    assert not cursor.is_due()
    clock.now += 2
    assert cursor.is_due()
    with pytest.raises(OSError), cursor.reading():  # noqa: PT011 - without a message
        raise OSError
    clock.now += 1.9
    assert not cursor.is_due()
    clock.now += 0.1
    assert cursor.is_due()
    with cursor.reading():
        pass
    clock.now += 50
    assert not cursor.is_due()
    # After so long without a change, the next one is read at once.
    mark(tmp_path)
    assert cursor.is_due()


@pytest.fixture
def count(fleet: FleetResources) -> Callable[[], int]:
    """Return a function that counts the marks of LocalStack."""
    return lambda: (fleet.localstack.volume / "changes").stat().st_size


def test_requests_that_may_change_what_is_followed_are_marked_and_no_others(
    fleet: FleetResources, deeds: str, count: Callable[[], int]
):
    group = fleet.make_group(1)
    client = fleet.localstack.client
    before = count()
    client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    client("elbv2").describe_target_health(TargetGroupArn=fleet.target_group)
    client("ec2").describe_instances()
    client("wafv2").list_web_acls(Scope="REGIONAL")
    client("cloudwatch").put_metric_data(Namespace="own", MetricData=[{"MetricName": "a", "Value": 1}])
    client("sns").create_topic(Name="not-followed")
    client("lambda").get_function(FunctionName=deeds)
    client("lambda").invoke(FunctionName=deeds, Payload=b"{}")
    assert count() == before
    client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
    assert count() == before + 1
    client("elbv2").add_tags(ResourceArns=[fleet.target_group], Tags=[{"Key": "a", "Value": "b"}])
    assert count() == before + 2
    client("wafv2").create_ip_set(
        Name="followed", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["203.0.113.7/32"]
    )
    assert count() == before + 3
    client("ssm").put_parameter(Name="followed", Value="1", Type="String", Overwrite=True)
    assert count() == before + 4
    client("lambda").create_alias(FunctionName=deeds, Name="followed", FunctionVersion="$LATEST")
    assert count() == before + 5
    # A request that fails may have changed something before.
    with pytest.raises(ClientError):
        client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=7)
    assert count() == before + 6


def test_a_scheduled_action_that_is_executed_is_marked(fleet: FleetResources, count: Callable[[], int]):
    group = fleet.make_group(1)
    client = fleet.localstack.client("autoscaling")
    before = count()
    requests = fleet.schedule_soon(group, DesiredCapacity=2).requests
    until(lambda: count() > before + requests, WITHIN)
    assert client.describe_scheduled_actions(AutoScalingGroupName=group)["ScheduledUpdateGroupActions"] == []
    assert count() == before + requests + 1


def test_each_step_of_an_instance_refresh_is_marked(fleet: FleetResources, count: Callable[[], int]):
    group = fleet.make_group(1)
    client = fleet.localstack.client("autoscaling")
    client.start_instance_refresh(AutoScalingGroupName=group, Preferences={"MinHealthyPercentage": 0})
    before = count()
    until(lambda: count() > before + 2, WITHIN)
    client.cancel_instance_refresh(AutoScalingGroupName=group)


def test_the_policy_of_an_alarm_that_rings_is_marked(fleet: FleetResources, count: Callable[[], int]):
    group = fleet.make_group(1)
    client = fleet.localstack.client
    policy = client("autoscaling").put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="larger",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
    )["PolicyARN"]
    client("cloudwatch").put_metric_alarm(
        AlarmName=f"marks-{group}",
        Namespace="own",
        MetricName="marks",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )
    before = count()
    client("cloudwatch").set_alarm_state(AlarmName=f"marks-{group}", StateValue="ALARM", StateReason="test")
    until(lambda: fleet.describe(group)["DesiredCapacity"] == 2, WITHIN)
    # The request is marked, too.
    until(lambda: count() > before + 1, WITHIN)
    client("cloudwatch").delete_alarms(AlarmNames=[f"marks-{group}"])
