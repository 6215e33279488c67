"""What of an account's quotas others have taken already, and whether the rest is enough."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from scripts.deploy.quotas import QUOTAS, examine_quotas
from scripts.deploy.required_quota import Needs
from tests.stubbed import Answers, answering, client_of, stub

if TYPE_CHECKING:
    from scripts.deploy.check_result import Finding

OURS: Final = {"project": "scalable-models", "stack": "prod"}
OUR_TAGS: Final = [{"Key": key, "Value": value} for key, value in {**OURS, "owner": "team"}.items()]
THEIR_TAGS: Final = [{"Key": "project", "Value": "scalable-models"}, {"Key": "stack", "Value": "dev"}]
CODES: Final = {
    "vcpus": ("ec2", "L-1216C47A"),
    "spot_vcpus": ("ec2", "L-34B43A08"),
    "vpcs": ("vpc", "L-F678F1CE"),
    "elastic_ips": ("ec2", "L-0263D0A3"),
    "nat_gateways_in_a_zone": ("vpc", "L-FE5A380F"),
    "load_balancers": ("elasticloadbalancing", "L-53DA6B97"),
    "concurrency": ("lambda", "L-B99A9384"),
}
"""What a stack needs -> the service and the code of its quota (Service Quotas console)."""

ALIVE: Final = {"Filters": [{"Name": "instance-state-name", "Values": ["pending", "running"]}]}


def needs(**some: int) -> Needs:
    return Needs(**{**dict.fromkeys(CODES, 0), **some})


def quota(what: str, limit: float) -> Answers:
    service, code = CODES[what]
    asked = {"ServiceCode": service, "QuotaCode": code}
    return [("get_service_quota", asked, {"Quota": {"Value": limit}})]


def finding(what: str, needed: int, limit: float, **answers: Answers) -> Finding:
    """Examine one quota with clients that answer so."""
    with ExitStack() as stack:
        asked = {"service-quotas": quota(what, limit), **answers}
        clients = {service: stack.enter_context(answering(service, each)) for service, each in asked.items()}
        (found,) = examine_quotas(needs(**{what: needed}), clients.__getitem__, "eu-west-1", OURS)
        return found


def instance(kind: str, tags: list[dict[str, str]] | None = None, **more: object) -> dict[str, Any]:
    return {"InstanceType": kind, "Tags": tags or [], **more}


def instances(*reservations: list[dict[str, Any]]) -> Answers:
    told = [{"Instances": reservation} for reservation in reservations]
    return [("describe_instances", ALIVE, {"Reservations": told})]


SPOT: Final[dict[str, Any]] = {"InstanceLifecycle": "spot"}
# m7g.large has 2 vCPUs, t4g.xlarge 4 (EC2 instance types guide); G and P families count elsewhere.
RUNNING: Final = instances(
    [instance("m7g.large"), instance("t4g.xlarge", THEIR_TAGS), instance("m7g.large", OUR_TAGS)],
    [
        instance("c7g.8xlarge", CpuOptions={"CoreCount": 3, "ThreadsPerCore": 2}),
        instance("g5.xlarge"),
        instance("m7g.large", **SPOT),
        instance("m7g.large", OUR_TAGS, **SPOT),
    ],
)


@pytest.mark.parametrize(("what", "used"), [("vcpus", 2 + 4 + 6), ("spot_vcpus", 2)])
def test_vcpus_are_counted_as_they_were_started_each_kind_for_itself(what: str, used: int):
    assert finding(what, 3, 100, ec2=RUNNING).says.endswith(f" needed, {used} of 100 taken by others")


# EC2 user guide, "On-Demand Instance quotas": Standard (A, C, D, H, I, M, R, T, Z); any other has its own.
@pytest.mark.parametrize(
    ("family", "counts"),
    [*((family, 1) for family in "acdhimrtz"), *((family, 0) for family in "fgpuvx")],
)
def test_only_the_standard_families_count_together(family: str, counts: int):
    one = instance(f"{family}9.large", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    assert finding("vcpus", 1, 9, ec2=instances([one])).says.endswith(f"{counts} of 9 taken by others")


def test_networks_of_others_are_counted_and_our_own_is_not():
    vpcs = {"Vpcs": [{"Tags": OUR_TAGS}, {"Tags": THEIR_TAGS}, {}]}
    found = finding("vpcs", 1, 5, ec2=[("describe_vpcs", {}, vpcs)])
    assert (found.state, found.says) == ("ok", "1 VPCs needed, 2 of 5 taken by others")


def test_addresses_of_others_are_counted_and_our_own_are_not():
    told: dict[str, Any] = {"Addresses": [{"Tags": OUR_TAGS}, {"Tags": []}, {"PublicIp": "192.0.2.1"}]}
    found = finding("elastic_ips", 2, 5, ec2=[("describe_addresses", {}, told)])
    assert found.says == "2 Elastic IP addresses needed, 2 of 5 taken by others"


def test_gateways_are_counted_in_the_zone_that_has_most_of_them():
    alive = {"Filter": [{"Name": "state", "Values": ["pending", "available", "deleting"]}]}
    gateways = {
        "NatGateways": [
            {"SubnetId": "a-1"},
            {"SubnetId": "a-2", "Tags": THEIR_TAGS},
            {"SubnetId": "b-1"},
            {"SubnetId": "b-1", "Tags": OUR_TAGS},
            {"SubnetId": "b-1", "Tags": OUR_TAGS},
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
    found = finding("nat_gateways_in_a_zone", 1, 5, ec2=answers)
    assert found.says == "1 NAT gateways in a zone needed, 2 of 5 taken by others"


def test_of_load_balancers_only_those_for_applications_count_and_tags_are_asked_for_by_twenties():
    arns = [f"arn:{number}" for number in range(21)]
    listed = [{"LoadBalancerArn": arn, "Type": "application"} for arn in arns]
    listed.append({"LoadBalancerArn": "arn:network", "Type": "network"})
    tags = [{"ResourceArn": arn, "Tags": OUR_TAGS if arn == "arn:20" else THEIR_TAGS} for arn in arns]
    # Elastic Load Balancing API reference, DescribeTags: up to 20 resources in one call.
    answers: Answers = [
        ("describe_load_balancers", {}, {"LoadBalancers": listed}),
        ("describe_tags", {"ResourceArns": arns[:20]}, {"TagDescriptions": tags[:20]}),
        ("describe_tags", {"ResourceArns": arns[20:]}, {"TagDescriptions": tags[20:]}),
    ]
    found = finding("load_balancers", 1, 50, elbv2=answers)
    assert found.says == "1 application load balancers needed, 20 of 50 taken by others"


@pytest.mark.parametrize(("needed", "state"), [(3, "ok"), (4, "problem")])
def test_a_quota_may_be_used_up_but_not_exceeded(needed: int, state: str):
    vpcs: dict[str, Any] = {"Vpcs": [{}, {}]}
    found = finding("vpcs", needed, 5, ec2=[("describe_vpcs", {}, vpcs)])
    assert found.state == state
    assert ("ask for 6 at " in found.fix) is (state == "problem")
    if found.fix:
        assert found.fix.endswith(
            "https://eu-west-1.console.aws.amazon.com/servicequotas/home/services/vpc/quotas/L-F678F1CE"
        )


def test_what_a_stack_needs_nothing_of_is_not_asked_for():
    assert list(examine_quotas(needs(), client_of, "eu-west-1", OURS)) == []


def test_a_quota_that_nobody_has_changed_is_the_one_for_everybody():
    client = client_of("service-quotas")
    asked = {"ServiceCode": "lambda", "QuotaCode": "L-B99A9384"}
    stubber = stub(client, [])
    stubber.add_client_error("get_service_quota", "NoSuchResourceException", expected_params=asked)
    stubber.add_response("get_aws_default_service_quota", {"Quota": {"Value": 1000.0}}, asked)
    with stubber:
        (found,) = examine_quotas(needs(concurrency=100), lambda _: client, "eu-west-1", OURS)
    assert found.says == "100 executions of functions at once needed, 0 of 1000 taken by others"


def test_a_quota_that_may_not_be_asked_for_is_a_note_and_no_problem():
    client = client_of("service-quotas")
    stubber = stub(client, [])
    stubber.add_client_error("get_service_quota", "AccessDeniedException")
    with stubber:
        (found,) = examine_quotas(needs(vpcs=1), lambda _: client, "eu-west-1", OURS)
    assert found.state == "note"
    assert "AccessDeniedException" in found.says


def test_every_quota_has_its_service_and_its_code():
    assert [(one.service, one.code) for one in QUOTAS] == list(CODES.values())
