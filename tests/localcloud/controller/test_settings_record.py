"""Translation of recorded settings into the names of another LocalStack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.controller.settings_record import SettingsRecord

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000"

BEFORE = SettingsRecord(
    group="iris-1111111",
    load_balancer=f"{ARN}:loadbalancer/app/iris/1",
    target_group=f"{ARN}:targetgroup/iris/1",
    default_actions=[],
    rules=[{"Priority": "9", "Actions": [{"TargetGroupArn": f"{ARN}:targetgroup/iris/1"}]}],
    health_check={},
    policies=[{"PolicyName": "cpu", "ResourceLabel": "app/iris/1/targetgroup/iris/1"}],
    scheduled=[],
    alarms=[
        {"AlarmName": "iris-errors-1111111", "AlarmActions": ["arn:topic-1"], "Threshold": 7},
        {"AlarmName": "mine", "AlarmActions": ["arn:topic-1"], "Value": "app/iris/1"},
    ],
)
NOW = replace(
    BEFORE,
    group="iris-2222222",
    load_balancer=f"{ARN}:loadbalancer/app/iris/2",
    target_group=f"{ARN}:targetgroup/iris/2",
    alarms=[{"AlarmName": "iris-errors-2222222", "AlarmActions": ["arn:topic-2"], "Threshold": 1}],
)


def test_settings_get_the_names_and_arns_of_another_localstack():
    after = BEFORE.translated(NOW)
    assert (after.group, after.load_balancer, after.target_group) == (
        NOW.group,
        NOW.load_balancer,
        NOW.target_group,
    )
    assert after.rules[0]["Actions"] == [{"TargetGroupArn": NOW.target_group}]
    assert after.policies[0]["ResourceLabel"] == "app/iris/2/targetgroup/iris/2"
    assert after.alarms == [
        {"AlarmName": "iris-errors-2222222", "AlarmActions": ["arn:topic-2"], "Threshold": 7},
        {"AlarmName": "mine", "AlarmActions": ["arn:topic-2"], "Value": "app/iris/2"},
    ]


def test_settings_read_back_as_they_were_saved(tmp_path: Path):
    BEFORE.save(tmp_path / "settings.json")
    assert SettingsRecord.read(tmp_path / "settings.json") == BEFORE
    assert SettingsRecord.read(tmp_path / "none.json") is None
