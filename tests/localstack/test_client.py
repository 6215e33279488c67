"""Client-side load balancing on the local cloud, whose instances are discovered in the AWS API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from client import BalancedTransport, TargetGroup
from service.iris.examples import QUERY

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


def test_requests_reach_the_healthy_instances_without_the_load_balancer(api: Api, outputs: dict[str, Any]):
    arn = outputs["targetGroupArn"]
    elbv2 = api.client("elbv2")
    described = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    healthy = {each["Target"]["Id"] for each in described if each["TargetHealth"]["State"] == "healthy"}
    assert healthy
    transport = BalancedTransport(TargetGroup(arn, elbv2=elbv2, ec2=api.client("ec2")))
    with httpx.Client(transport=transport, base_url="http://iris") as client:
        answers = [client.get(f"/api/v01/classify?{QUERY}") for _ in range(40)]
    assert {answer.headers["x-served-by"] for answer in answers} == healthy
    assert all(answer.is_success for answer in answers)
