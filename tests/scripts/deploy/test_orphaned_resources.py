"""Resources that are left after a stack, with the responses of AWS written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from botocore.stub import Stubber

from scripts.deploy.removal import orphaned_resources
from scripts.deploy.removal.billed_resources import kind_of, still_exists
from scripts.deploy.removal.orphaned_resources import (
    RETAINED_ARN_PARTS,
    RemovedStack,
    retained_resources,
    wait_until_removed,
)
from tests.infra.mock_aws import deploy_stack
from tests.stubbed import answering, client_of

if TYPE_CHECKING:
    from pathlib import Path

Step: TypeAlias = "tuple[str, str, dict[str, Any], dict[str, Any]]"
"""Service, operation, request and answer."""

STACK: Final = RemovedStack(tags={"stack": "prod"}, vpc_ids=["vpc-1"], dashboards=["iris-prod"])
TAGGED: Final = [{"Name": "tag:stack", "Values": ["prod"]}]
IN_VPC: Final = [{"Name": "vpc-id", "Values": ["vpc-1"]}]

INSTANCE: Final = "arn:aws:ec2:eu-west-1:000000000000:instance/i-1"
BALANCER: Final = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/iris/0123456789abcdef"
SUBNET: Final = "arn:aws:ec2:eu-west-1:000000000000:subnet/subnet-1"


def leftovers(
    arns: tuple[str, ...] = (),
    *,
    known: tuple[Step, ...] = (),
    volumes: tuple[str, ...] = (),
    interfaces: tuple[dict[str, Any], ...] = (),
    endpoints: tuple[str, ...] = (),
    dashboards: tuple[str, ...] = (),
) -> list[Step]:
    """Return service, operation, request and answer of one look at everything."""
    listed = {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns], "PaginationToken": ""}
    filters = [{"Key": "stack", "Values": ["prod"]}]
    described = [{"VolumeId": one, "State": "available"} for one in volumes]
    placed = [
        {"VpcEndpointId": one, "VpcEndpointType": "Interface", "State": "available"} for one in endpoints
    ]
    gateway = {"VpcEndpointId": "vpce-free", "VpcEndpointType": "Gateway", "State": "available"}
    named = [{"DashboardName": one} for one in dashboards]
    return [
        ("resourcegroupstaggingapi", "get_resources", {"TagFilters": filters}, listed),
        *known,
        ("ec2", "describe_volumes", {"Filters": TAGGED}, {"Volumes": described}),
        ("ec2", "describe_addresses", {"Filters": TAGGED}, {"Addresses": []}),
        ("ec2", "describe_vpc_endpoints", {"Filters": IN_VPC}, {"VpcEndpoints": [*placed, gateway]}),
        ("ec2", "describe_network_interfaces", {"Filters": IN_VPC}, {"NetworkInterfaces": list(interfaces)}),
        (
            "cloudwatch",
            "list_dashboards",
            {"DashboardNamePrefix": "iris-prod"},
            {"DashboardEntries": named},
        ),
    ]


def wait(*looks: list[Step], timeout: float) -> list[str]:
    steps = [step for look in looks for step in look]
    with ExitStack() as stack:
        clients = {
            service: stack.enter_context(
                answering(service, [(step[1], step[2], step[3]) for step in steps if step[0] == service])
            )
            for service in {step[0] for step in steps}
        }
        return [str(one) for one in wait_until_removed(clients.__getitem__, STACK, print, timeout=timeout)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphaned_resources, "RETRY_SECONDS", 0.01)


def test_what_the_tagging_api_still_names_but_the_service_has_deleted_is_not_left():
    terminated = {"Reservations": [{"Instances": [{"State": {"Name": "terminated", "Code": 48}}]}]}
    asked = ("ec2", "describe_instances", {"InstanceIds": ["i-1"]}, terminated)
    gone: Step = ("elbv2", "describe_load_balancers", {"LoadBalancerArns": [BALANCER]}, {"LoadBalancers": []})
    # A subnet is free, and the services are not asked.
    assert wait(leftovers((INSTANCE, BALANCER, SUBNET), known=(asked, gone)), timeout=0) == []


# The id of a resource of EC2 is unique, and an ARN is what names any other.
def test_what_the_service_still_has_is_left_and_is_named_with_its_bill():
    running = {"Reservations": [{"Instances": [{"State": {"Name": "running", "Code": 16}}]}]}
    asked = ("ec2", "describe_instances", {"InstanceIds": ["i-1"]}, running)
    there: Step = (
        "elbv2",
        "describe_load_balancers",
        {"LoadBalancerArns": [BALANCER]},
        {"LoadBalancers": [{"LoadBalancerArn": BALANCER}]},
    )
    assert wait(leftovers((INSTANCE, BALANCER), known=(asked, there)), timeout=0) == [
        f"{BALANCER} (billed per hour)",
        "i-1 (billed per second while it runs)",
    ]


def test_a_not_found_error_of_the_service_counts_as_deleted():
    client, kind = client_of("elbv2"), kind_of(BALANCER)
    assert kind is not None
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_load_balancers", "LoadBalancerNotFound")
        assert not still_exists({"elbv2": client}.__getitem__, kind, BALANCER)


def test_volumes_interfaces_endpoints_and_dashboards_are_found_and_their_bill_is_named():
    interfaces = (
        {"NetworkInterfaceId": "eni-1", "Association": {"PublicIp": "203.0.113.1"}},
        {"NetworkInterfaceId": "eni-2"},
    )
    found = leftovers(
        volumes=("vol-1",),
        interfaces=interfaces,
        endpoints=("vpce-1",),
        dashboards=("iris-prod", "iris-prod-2"),
    )
    assert wait(found, timeout=0) == [
        "dashboard iris-prod (billed per month)",
        "eni-1 (billed per hour for its public address)",
        "eni-2 (free, but its VPC needs it gone)",
        "vol-1 (billed per GB and month)",
        "vpce-1 (billed per hour and zone)",
    ]


# EC2 API reference: VolumeState, and State of a VpcEndpoint, whose own values are in lower case.
def test_what_is_being_deleted_is_not_left():
    look = leftovers(volumes=("vol-1", "vol-2"), endpoints=("vpce-1", "vpce-2", "vpce-3"))
    for place, (service, operation, request, answer) in enumerate(look):
        (kind,) = answer.keys() - {"PaginationToken"}
        states = {"Volumes": ["deleting", "deleted"], "VpcEndpoints": ["deleting", "Deleted", "failed"]}
        for one, state in zip(answer[kind], states.get(kind, []), strict=False):
            one["State"] = state
        look[place] = (service, operation, request, answer)
    assert wait(look, timeout=0) == []


def test_an_address_of_the_stack_costs_also_while_nothing_uses_it():
    look = [
        (service, operation, request, {"Addresses": [{"AllocationId": "eipalloc-1"}]})
        if operation == "describe_addresses"
        else (service, operation, request, answer)
        for service, operation, request, answer in leftovers()
    ]
    assert wait(look, timeout=0) == ["eipalloc-1 (billed per hour)"]


def test_a_dashboard_of_another_stack_whose_name_begins_alike_is_not_left():
    assert wait(leftovers(dashboards=("iris-prod-2",)), timeout=0) == []


# API Gateway creates this group in every account that logs, and writes one line.
def test_the_log_group_of_api_gateway_itself_is_no_part_of_the_stack():
    welcome = "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/apigateway/welcome"
    assert wait(leftovers((welcome,)), timeout=0) == []


def test_the_services_are_asked_again_until_nothing_is_left():
    assert wait(leftovers(volumes=("vol-1",)), leftovers(), timeout=30) == []


LOG_GROUP: Final = "arn:aws:logs:eu-west-1:000000000000:log-group:iris-instances-log-1a2b3c4"


def test_what_is_retained_on_purpose_is_named_as_such_and_is_not_left():
    assert wait(leftovers((LOG_GROUP,)), timeout=0) == []
    name = LOG_GROUP.rpartition(":")[2]
    filters = [{"Key": "stack", "Values": ["prod"]}]
    listed = {"ResourceTagMappingList": [{"ResourceARN": LOG_GROUP}], "PaginationToken": ""}
    with (
        answering("resourcegroupstaggingapi", [("get_resources", {"TagFilters": filters}, listed)]) as tags,
        answering(
            "logs",
            [
                (
                    "describe_log_groups",
                    {"logGroupNamePrefix": name},
                    {"logGroups": [{"logGroupName": name}]},
                )
            ],
        ) as logs,
    ):
        clients = {"resourcegroupstaggingapi": tags, "logs": logs}
        assert [str(one) for one in retained_resources(clients.__getitem__, STACK)] == [
            f"{LOG_GROUP} (billed per GB and month)"
        ]


def test_every_log_group_that_the_program_retains_counts_as_retained(tmp_path: Path):
    archive = tmp_path / "service.zip"
    archive.write_bytes(b"packed")
    config = {"compute": "both", "archive": str(archive), "functionArchive": str(archive)}
    stack = deploy_stack({**config, "interfaceEndpoints": "logs"})
    retained = [
        group.name
        for group in stack.of_type("aws:cloudwatch/logGroup:LogGroup")
        if group.options.retain_on_delete
    ]
    assert [f":log-group:{name}-" for name in retained] == list(RETAINED_ARN_PARTS)
