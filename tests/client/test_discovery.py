"""Discovery of instances by boto3's own clients, whose answers keep to AWS's models."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from client import discovery
from client.discovery import ADDRESS_TAG, StaticInstances, TargetGroup
from client.instance import Instance
from localcloud.controller import aws_queries
from tests.stubbed import client_of, stub

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/iris/0123456789abcdef"


def discovered(targets: dict[str, str], described: list[dict[str, Any]] | None) -> list[Instance]:
    """Discover the targets (id: state) of a group whose instances EC2 describes so; None: it is not asked."""
    health = {
        "TargetHealthDescriptions": [
            {"Target": {"Id": target, "Port": 8000}, "TargetHealth": {"State": state}}
            for target, state in targets.items()
        ]
    }
    elbv2, ec2 = client_of("elbv2"), client_of("ec2")
    known = sorted(
        target for target, state in targets.items() if target.startswith("i-") and state != "draining"
    )
    filters = [{"Name": "instance-id", "Values": known}]
    answers = [] if described is None else [
        ("describe_instances", {"Filters": filters}, {"Reservations": [{"Instances": described}]})
    ]  # fmt: skip
    stubbed = stub(elbv2, [("describe_target_health", {"TargetGroupArn": ARN}, health)])
    with stubbed, stub(ec2, answers) as other:
        found = TargetGroup(ARN, elbv2=elbv2, ec2=ec2)()
        other.assert_no_pending_responses()
    return found


def test_instances_have_their_private_address_and_the_port_of_the_target():
    found = discovered({"i-1": "healthy"}, [{"InstanceId": "i-1", "PrivateIpAddress": "10.0.1.7"}])
    assert found == [Instance("i-1", "10.0.1.7", 8000)]


def test_instances_of_a_local_cloud_have_the_address_of_their_process():
    tags = [{"Key": ADDRESS_TAG, "Value": "127.0.0.1:41000"}]
    described = [{"InstanceId": "i-1", "PrivateIpAddress": "10.0.1.7", "Tags": tags}]
    assert discovered({"i-1": "healthy"}, described) == [Instance("i-1", "127.0.0.1", 41000)]
    assert aws_queries.ADDRESS_TAG == ADDRESS_TAG


# ELB user guide, "Target health status".
def test_targets_have_the_health_that_the_load_balancer_measured():
    states = {"healthy": True, "unavailable": True, "unhealthy": False, "initial": False}
    without_requests = ("draining", "unused", "unhealthy.draining")
    targets = {f"10.0.1.{place}": state for place, state in enumerate((*states, *without_requests))}
    found = {targets[each.instance_id]: each.healthy for each in discovered(targets, None)}
    assert found == states


def test_a_target_without_a_port_of_its_own_has_that_of_http():
    elbv2 = client_of("elbv2")
    target = {"Target": {"Id": "10.0.1.9"}, "TargetHealth": {"State": "healthy"}}
    described = {"TargetHealthDescriptions": [target]}
    with stub(elbv2, [("describe_target_health", {"TargetGroupArn": ARN}, described)]):
        assert TargetGroup(ARN, elbv2=elbv2, ec2=client_of("ec2"))() == [Instance("10.0.1.9", "10.0.1.9", 80)]


def test_an_instance_that_is_gone_is_none():
    assert discovered({"i-1": "unhealthy"}, []) == []


def test_a_draining_instance_is_not_asked_for():
    assert discovered({"i-1": "draining"}, None) == []


def test_targets_by_address_need_no_description_of_instances():
    assert discovered({"10.0.1.9": "healthy"}, None) == [Instance("10.0.1.9", "10.0.1.9", 8000)]


def test_known_addresses_are_instances():
    (found,) = StaticInstances("http://10.0.1.7:8000")()
    assert (found.host, found.port, found.healthy) == ("10.0.1.7", 8000, True)
    with pytest.raises(ValueError, match="not of the form"):
        StaticInstances("http://10.0.1.7")


def test_an_api_that_does_not_answer_delays_the_discovery_for_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(discovery, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        began = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            TargetGroup(ARN)()
        # Otherwise each of five attempts would wait for a minute (botocore's `Config`, legacy retries).
        assert time.monotonic() - began < 60
        silent.setblocking(False)
        for _ in range(2):
            silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
