"""Usage of the account's quotas by other resources, and the check that the rest is enough."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from scripts.deploy.checks.quotas import QUOTAS, check_quotas
from scripts.deploy.checks.required_quota import RequiredQuota
from tests.stubbed import Answers, answering, client_of, stub

if TYPE_CHECKING:
    from scripts.deploy.checks.check_result import CheckResult

STACK_TAGS: Final = {"project": "scalable-models", "stack": "prod"}
OWN_TAGS: Final = [{"Key": key, "Value": value} for key, value in {**STACK_TAGS, "owner": "team"}.items()]
OTHER_TAGS: Final = [{"Key": "project", "Value": "scalable-models"}, {"Key": "stack", "Value": "dev"}]
CODES: Final = {
    "vcpus": ("ec2", "L-1216C47A"),
    "spot_vcpus": ("ec2", "L-34B43A08"),
    "vpcs": ("vpc", "L-F678F1CE"),
    "elastic_ips": ("ec2", "L-0263D0A3"),
    "nat_gateways_in_a_zone": ("vpc", "L-FE5A380F"),
    "load_balancers": ("elasticloadbalancing", "L-53DA6B97"),
    "concurrency": ("lambda", "L-B99A9384"),
}
"""Required quota -> its service and code (Service Quotas console)."""

ALIVE: Final = {"Filters": [{"Name": "instance-state-name", "Values": ["pending", "running"]}]}


def required(**some: int) -> RequiredQuota:
    return RequiredQuota(**{**dict.fromkeys(CODES, 0), **some})


def quota(what: str, limit: float) -> Answers:
    service, code = CODES[what]
    request = {"ServiceCode": service, "QuotaCode": code}
    return [("get_service_quota", request, {"Quota": {"Value": limit}})]


def result(what: str, needed: int, limit: float, **answers: Answers) -> CheckResult:
    """Check one quota with clients that return these responses."""
    with ExitStack() as stack:
        responses = {"service-quotas": quota(what, limit), **answers}
        clients = {
            service: stack.enter_context(answering(service, each)) for service, each in responses.items()
        }
        (found,) = check_quotas(required(**{what: needed}), clients.__getitem__, "eu-west-1", STACK_TAGS)
        return found


def instance(kind: str, tags: list[dict[str, str]] | None = None, **more: object) -> dict[str, Any]:
    return {"InstanceType": kind, "Tags": tags or [], **more}


def instances(*reservations: list[dict[str, Any]]) -> Answers:
    described = [{"Instances": reservation} for reservation in reservations]
    return [("describe_instances", ALIVE, {"Reservations": described})]


SPOT: Final[dict[str, Any]] = {"InstanceLifecycle": "spot"}
# m7g.large has 2 vCPUs, t4g.xlarge 4 (EC2 instance types guide); G and P families count elsewhere.
RUNNING: Final = instances(
    [instance("m7g.large"), instance("t4g.xlarge", OTHER_TAGS), instance("m7g.large", OWN_TAGS)],
    [
        instance("c7g.8xlarge", CpuOptions={"CoreCount": 3, "ThreadsPerCore": 2}),
        instance("g5.xlarge"),
        instance("m7g.large", **SPOT),
        instance("m7g.large", OWN_TAGS, **SPOT),
    ],
)


@pytest.mark.parametrize(("what", "used"), [("vcpus", 2 + 4 + 6), ("spot_vcpus", 2)])
def test_vcpus_are_counted_as_started_and_by_purchase_option(what: str, used: int):
    assert result(what, 3, 100, ec2=RUNNING).message.endswith(
        f" needed, {used} of 100 used by other resources"
    )


# Of a type that this project does not list, only the CPU options tell.
def test_an_instance_of_an_unknown_type_without_cpu_options_counts_nothing():
    others = instances([instance("m1.small"), instance("m7g.large")])
    assert result("vcpus", 1, 9, ec2=others).message.endswith("2 of 9 used by other resources")


# EC2 user guide, "On-Demand Instance quotas": Standard (A, C, D, H, I, M, R, T, Z); any other has its own.
@pytest.mark.parametrize(
    ("family", "counts"),
    [*((family, 1) for family in "acdhimrtz"), *((family, 0) for family in "fgpuvx")],
)
def test_only_the_standard_families_count_together(family: str, counts: int):
    one = instance(f"{family}9.large", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    assert result("vcpus", 1, 9, ec2=instances([one])).message.endswith(
        f"{counts} of 9 used by other resources"
    )


def test_vpcs_of_other_stacks_are_counted_and_the_stack_s_own_is_not():
    vpcs = {"Vpcs": [{"Tags": OWN_TAGS}, {"Tags": OTHER_TAGS}, {}]}
    found = result("vpcs", 1, 5, ec2=[("describe_vpcs", {}, vpcs)])
    assert (found.state, found.message) == ("ok", "1 VPCs needed, 2 of 5 used by other resources")


def test_addresses_of_other_stacks_are_counted_and_the_stack_s_own_are_not():
    response: dict[str, Any] = {"Addresses": [{"Tags": OWN_TAGS}, {"Tags": []}, {"PublicIp": "192.0.2.1"}]}
    found = result("elastic_ips", 2, 5, ec2=[("describe_addresses", {}, response)])
    assert found.message == "2 Elastic IP addresses needed, 2 of 5 used by other resources"


def test_nat_gateways_are_counted_in_the_zone_with_the_maximum():
    alive = {"Filters": [{"Name": "state", "Values": ["pending", "available", "deleting"]}]}
    gateways = {
        "NatGateways": [
            {"SubnetId": "a-1"},
            {"SubnetId": "a-2", "Tags": OTHER_TAGS},
            {"SubnetId": "b-1"},
            {"SubnetId": "b-1", "Tags": OWN_TAGS},
            {"SubnetId": "b-1", "Tags": OWN_TAGS},
        ]
    }
    subnets = {
        "Subnets": [
            {"SubnetId": "a-1", "AvailabilityZone": "a"},
            {"SubnetId": "a-2", "AvailabilityZone": "a"},
            {"SubnetId": "b-1", "AvailabilityZone": "b"},
        ]
    }
    answers: Answers = [("describe_nat_gateways", alive, gateways), ("describe_subnets", {}, subnets)]
    found = result("nat_gateways_in_a_zone", 1, 5, ec2=answers)
    assert found.message == "1 NAT gateways in a zone needed, 2 of 5 used by other resources"


def test_only_application_load_balancers_count_and_tags_are_requested_by_twenties():
    arns = [f"arn:{number}" for number in range(21)]
    listed = [{"LoadBalancerArn": arn, "Type": "application"} for arn in arns]
    listed.append({"LoadBalancerArn": "arn:network", "Type": "network"})
    tags = [{"ResourceArn": arn, "Tags": OWN_TAGS if arn == "arn:20" else OTHER_TAGS} for arn in arns]
    # Elastic Load Balancing API reference, DescribeTags: up to 20 resources in one call.
    answers: Answers = [
        ("describe_load_balancers", {}, {"LoadBalancers": listed}),
        ("describe_tags", {"ResourceArns": arns[:20]}, {"TagDescriptions": tags[:20]}),
        ("describe_tags", {"ResourceArns": arns[20:]}, {"TagDescriptions": tags[20:]}),
    ]
    found = result("load_balancers", 1, 50, elbv2=answers)
    assert found.message == "1 application load balancers needed, 20 of 50 used by other resources"


@pytest.mark.parametrize(("needed", "state"), [(3, "ok"), (4, "problem")])
def test_a_quota_may_be_exhausted_but_not_exceeded(needed: int, state: str):
    vpcs: dict[str, Any] = {"Vpcs": [{}, {}]}
    found = result("vpcs", needed, 5, ec2=[("describe_vpcs", {}, vpcs)])
    assert found.state == state
    assert ("request 6 at " in found.fix) is (state == "problem")
    if found.fix:
        assert found.fix.endswith(
            "https://eu-west-1.console.aws.amazon.com/servicequotas/home/services/vpc/quotas/L-F678F1CE"
        )


@pytest.mark.parametrize(("limit", "state"), [(12, "ok"), (11, "note"), (4, "note"), (3, "problem")])
def test_a_quota_that_only_growth_would_exceed_is_a_note(limit: float, state: str):
    answers = {"service-quotas": quota("vcpus", limit), "ec2": instances([])}
    with ExitStack() as stack:
        clients = {name: stack.enter_context(answering(name, each)) for name, each in answers.items()}
        (found,) = check_quotas(
            required(vcpus=12), clients.__getitem__, "eu-west-1", STACK_TAGS, initial=required(vcpus=4)
        )
    assert found.state == state
    if state != "ok":
        assert found.fix.startswith("request 12 at ")


def test_a_quota_that_is_not_required_is_not_requested():
    assert list(check_quotas(required(), client_of, "eu-west-1", STACK_TAGS)) == []


def test_a_quota_that_was_never_changed_is_aws_s_default():
    client = client_of("service-quotas")
    clients = {"service-quotas": client}
    request = {"ServiceCode": "lambda", "QuotaCode": "L-B99A9384"}
    stubber = stub(client, [])
    stubber.add_client_error("get_service_quota", "NoSuchResourceException", expected_params=request)
    stubber.add_response("get_aws_default_service_quota", {"Quota": {"Value": 1000.0}}, request)
    with stubber:
        (found,) = check_quotas(required(concurrency=100), clients.__getitem__, "eu-west-1", STACK_TAGS)
    assert found.message == "100 concurrent executions of functions needed, 0 of 1000 used by other resources"


def test_a_quota_that_may_not_be_read_is_a_note():
    client = client_of("service-quotas")
    clients = {"service-quotas": client}
    stubber = stub(client, [])
    stubber.add_client_error("get_service_quota", "AccessDeniedException")
    with stubber:
        (found,) = check_quotas(required(vpcs=1), clients.__getitem__, "eu-west-1", STACK_TAGS)
    assert found.state == "note"
    assert "AccessDeniedException" in found.message


def test_every_quota_has_its_service_and_its_code():
    assert [(one.service, one.code) for one in QUOTAS] == list(CODES.values())
