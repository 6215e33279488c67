"""Breakdown of a bill: the resource that each item belongs to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.bill_lines import bill, bill_line
from scripts.cost.stack.resource_costs import ResourceCost, resource_costs
from scripts.cost.stack.resource_types import PRICED
from tests.scripts.cost.stack.recorded import Resource, recorded

if TYPE_CHECKING:
    from scripts.program.resources import StackResources


def of_types(*kinds: str) -> StackResources:
    resources: list[Resource] = [(kind, {}) for kind in kinds]
    return recorded(*resources)


EVERYTHING = of_types(*(kind.removeprefix("aws:") for kind in sorted(PRICED)))
"""A stack with one resource of each type that is priced."""

OWNERS = {
    "API calls": "apigateway/restApi",
    "CPU credits": "autoscaling/group",
    "NAT gateways": "ec2/natGateway",
    "Savings Plan": "lambda/function",
    "SnapStart": "lambda/function",
    "dashboards": "cloudwatch/dashboard",
    "data through NAT": "ec2/natGateway",
    "data through endpoints": "ec2/vpcEndpoint",
    "data to the internet": "traffic",
    "detailed monitoring": "ec2/launchTemplate",
    "disks": "autoscaling/group",
    "elastic addresses": "ec2/eip",
    "firewall": "wafv2/webAcl",
    "firewall logs": "wafv2/webAclLoggingConfiguration",
    "function duration": "lambda/function",
    "function requests": "lambda/function",
    "hosted zones": "route53/zone",
    "inspected requests": "wafv2/webAcl",
    "instances": "autoscaling/group",
    "interface endpoints": "ec2/vpcEndpoint",
    "key rotation": "kms/key",
    "keys": "kms/key",
    "load balancer": "lb/loadBalancer",
    "load balancer capacity": "lb/loadBalancer",
    "load balancer logs": "lb/loadBalancer",
    "logs": "lambda/function",
    "provisioned concurrency": "lambda/provisionedConcurrencyConfig",
    "public addresses": "lb/loadBalancer",
    "secrets": "secretsmanager/secret",
    "traces": "lambda/function",
    "warm pool": "autoscaling/group",
}


@pytest.mark.parametrize("item", OWNERS)
def test_each_item_of_a_bill_belongs_to_a_resource_or_to_the_traffic(item: str):
    whole = bill([bill_line(item, "fixed", Decimal(3), 2)], 0)
    (found,) = resource_costs(whole, EVERYTHING)
    assert (found.item, found.quantity, found.usd) == (item, 2, 3)
    owner = OWNERS[item]
    if owner == "traffic":
        assert found.resource == owner
    else:
        assert found.resource.endswith(f" ({owner})")


def test_the_most_expensive_resource_comes_first_and_its_items_in_the_order_of_their_cost():
    kinds = ["lb/loadBalancer:LoadBalancer"] * 2 + ["secretsmanager/secret:Secret"]
    lines = [
        bill_line("secrets", "fixed", Decimal(5), 1),
        bill_line("load balancer logs", "marginal", Decimal(1), 7),
        bill_line("load balancer", "fixed", Decimal(2), 2),
        bill_line("load balancer", "redundancy", Decimal(3), 4),
        bill_line("data to the internet", "marginal", Decimal(6), 8),
    ]
    found = resource_costs(bill(lines, 0), of_types(*kinds))
    assert found == [
        ResourceCost(
            resource="2 x lb/loadBalancer", item="load balancer", quantity=Decimal(6), usd=Decimal(5)
        ),
        ResourceCost(
            resource="2 x lb/loadBalancer", item="load balancer logs", quantity=Decimal(7), usd=Decimal(1)
        ),
        ResourceCost(resource="traffic", item="data to the internet", quantity=Decimal(8), usd=Decimal(6)),
        ResourceCost(
            resource="resource-2 (secretsmanager/secret)", item="secrets", quantity=Decimal(1), usd=Decimal(5)
        ),
    ]
