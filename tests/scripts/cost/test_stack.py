from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost import demand
from scripts.cost.assumptions import Assumptions
from scripts.cost.capacity import read
from scripts.cost.demand import Demand
from scripts.cost.prices import load
from scripts.cost.stack import StackError, StackShape, read_stack, stack_bill, understand

PRICES = load().region("us-east-1")


def bill_of(shape: StackShape, rate: float = 0) -> dict[str, Decimal]:
    bill = stack_bill(shape, Demand(rates=demand.constant(rate)), read(), PRICES, Assumptions())
    usd: dict[str, Decimal] = {}
    for line in bill.lines:
        usd[line.item] = usd.get(line.item, Decimal(0)) + line.usd
    return usd


def iris_cost(*options: str) -> Result:
    return CliRunner().invoke(main, ["cost", *options])


@pytest.fixture(scope="module")
def fleet() -> StackShape:
    return read_stack("dev")


@pytest.fixture(scope="module")
def function() -> StackShape:
    return read_stack("dev", ["compute=lambda", "functionMemory=1024", "provisionedConcurrency=2"])


def test_the_program_s_own_resources_are_priced(fleet: StackShape):
    assert fleet.fleet
    assert fleet.function is None
    assert fleet.fleet.instance_type == "t4g.small"
    assert (fleet.fleet.policy.least, fleet.fleet.policy.most) == (2, 4)
    assert fleet.fleet.policy.target_utilisation == pytest.approx(0.6)
    assert fleet.fleet.around.firewall_units == 927
    usd = bill_of(fleet)
    assert usd["instances"] == Decimal("0.0168") * 2 * 730
    assert usd["firewall"] == 9
    assert usd["public addresses"] == Decimal("7.3")


def test_every_resource_of_both_shapes_is_either_priced_or_known_to_cost_nothing():
    both = read_stack("dev", ["compute=both"])
    assert both.unpriced == ()
    assert both.fleet
    assert both.function
    usd = bill_of(both, rate=10)
    assert "API calls" not in usd
    assert usd["firewall"] == 9


def test_a_function_is_priced_with_its_memory_and_what_waits(function: StackShape):
    assert function.fleet is None
    assert function.function
    assert (function.function.memory_mb, function.function.provisioned) == (1_024, 2)
    usd = bill_of(function, rate=10)
    assert usd["provisioned concurrency"] == Decimal("0.0000033334") * 2 * 730 * 3_600
    assert usd["API calls"] == Decimal("26.28") * Decimal("3.5")


def test_a_change_of_the_configuration_shows_in_the_bill(fleet: StackShape):
    larger = read_stack("dev", ["instanceType=t4g.medium", "minInstances=3"])
    assert bill_of(larger)["instances"] == Decimal("0.0336") * 3 * 730
    assert bill_of(larger)["load balancer"] == bill_of(fleet)["load balancer"]


def test_a_configuration_that_the_program_refuses_is_refused_with_its_words():
    with pytest.raises(StackError, match="minInstances"):
        read_stack("dev", ["minInstances=many"])


def test_an_unknown_stack_or_branch_is_one_clear_error():
    with pytest.raises(StackError, match=r"Pulumi\.nowhere\.yaml"):
        read_stack("nowhere")
    with pytest.raises(StackError, match="no branch or commit 'nowhere'"):
        read_stack("dev", reference="nowhere")
    with pytest.raises(StackError, match="--output"):
        read_stack("dev", reference="--output=x")


def recorded(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"type": f"aws:{kind}", "name": kind, "inputs": inputs}


def test_what_has_no_price_is_told_and_not_taken_for_free():
    record = {
        "region": "us-east-1",
        "resources": [
            recorded("rds/instance:Instance"),
            recorded("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface"),
            recorded("s3/bucket:Bucket"),
        ],
    }
    assert understand(record).unpriced == ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:rds/instance:Instance")


def test_alarms_are_counted_by_the_metrics_that_they_look_at():
    query = {"id": "m", "metric": {"metricName": "x"}}
    record = {
        "region": "us-east-1",
        "resources": [
            recorded(
                "cloudwatch/metricAlarm:MetricAlarm",
                metricQueries=[query, query, {"id": "e", "expression": "m"}],
            ),
            recorded("cloudwatch/metricAlarm:MetricAlarm", metricName="x"),
            recorded("autoscaling/policy:Policy", targetTrackingConfiguration={"targetValue": 60}),
            recorded("lambda/function:Function"),
        ],
    }
    assert bill_of(understand(record))["alarms"] == Decimal("0.5")


def test_the_instances_disks_credits_and_gateways_are_those_of_the_template():
    record = {
        "region": "us-east-1",
        "resources": [
            recorded(
                "ec2/launchTemplate:LaunchTemplate",
                instanceType="t3.small",
                creditSpecification={"cpuCredits": "standard"},
                blockDeviceMappings=[{"ebs": {"volumeSize": 20}}],
            ),
            recorded("autoscaling/group:Group", minSize=2, maxSize=2),
            recorded("ec2/natGateway:NatGateway"),
        ],
    }
    shape = understand(record)
    assert shape.fleet
    assert not shape.fleet.unlimited_credits
    usd = bill_of(shape)
    assert usd["disks"] == Decimal("0.08") * 40
    assert usd["NAT gateways"] == Decimal("32.85")


def test_the_command_compares_with_a_commit_and_holds_to_a_budget():
    result = iris_cost(
        *("--stack", "dev", "--against", "HEAD", "--config", "instanceType=c7g.large"),
        *("--rate", "1", "--format", "json", "--budget", "100"),
    )
    assert result.exit_code == 1
    assert "above the budget of 100.00" in result.stderr
    rows = {row["item"]: row for row in json.loads(result.stdout)["against"]["rows"]}
    assert Decimal(rows["instances"]["after"]) == Decimal("0.0725") * 2 * 730
    assert Decimal(rows["instances"]["difference"]) > 0


def test_a_demand_beyond_the_stack_s_most_instances_is_warned_of():
    result = iris_cost("--stack", "dev", "--rate", "1000000", "--format", "json")
    assert "too few" in result.stderr


@pytest.mark.parametrize(
    "options", [["--against", "HEAD"], ["--config", "a=b"], ["--stack", "dev", "--config", "a"]]
)
def test_options_that_say_nothing_alone_are_refused(options: list[str]):
    assert iris_cost(*options).exit_code == 2
