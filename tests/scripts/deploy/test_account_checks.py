"""Checks of the account and region, with the responses of AWS written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.stack_config import load_config
from scripts.deploy.account_checks import check_region
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from scripts.deploy.check_result import CheckResult

REGIONS: Final[Answers] = [
    (
        "describe_regions",
        {"RegionNames": ["eu-west-1"], "AllRegions": True},
        {"Regions": [{"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"}]},
    )
]


OFFERINGS: Final[Answers] = [
    (
        "describe_instance_type_offerings",
        {
            "LocationType": "availability-zone",
            "Filters": [{"Name": "instance-type", "Values": ["t4g.small"]}],
        },
        {
            "InstanceTypeOfferings": [
                {"InstanceType": "t4g.small", "LocationType": "availability-zone", "Location": zone}
                for zone in ("eu-west-1a", "eu-west-1b")
            ]
        },
    )
]


def zones(*found: tuple[str, bool]) -> Answers:
    """Return the request for hosted zones, and its response with these names, private or not."""
    described: list[dict[str, Any]] = [
        {
            "Id": f"/hostedzone/Z{number}",
            "Name": name,
            "CallerReference": "one",
            "Config": {"PrivateZone": private},
        }
        for number, (name, private) in enumerate(found)
    ]
    response = {"HostedZones": described, "IsTruncated": False, "MaxItems": "100"}
    return [("list_hosted_zones_by_name", {"DNSName": "example.com."}, response)]


def results(answers: dict[str, Answers], **values: str) -> dict[str, CheckResult]:
    config = load_config(values)
    with ExitStack() as stack:
        clients = {
            service: stack.enter_context(answering(service, each)) for service, each in answers.items()
        }
        return {
            result.check: result
            for result in check_region(clients.__getitem__, "eu-west-1", config, {"stack": "prod"})
        }


# An Auto Scaling group launches no instance in a zone without its type.
@pytest.mark.parametrize(
    ("zones_of_the_region", "state"), [("2", "ok"), ("3", "problem")], ids=["enough zones", "one zone fewer"]
)
def test_the_instance_type_is_offered_in_as_many_zones_as_the_fleet_spans(
    zones_of_the_region: str, state: str
):
    given = results({"ec2": REGIONS + OFFERINGS}, compute="fleet", availabilityZones=zones_of_the_region)
    assert given["instance type"].state == state


# A certificate is validated by a public record (ACM user guide, "DNS validation"): a private zone of the same
# name does not do, and zones after the requested name follow in the response (Route 53 API reference,
# ListHostedZonesByName).
@pytest.mark.parametrize(
    ("found", "state"),
    [
        ([("example.com.", False)], "ok"),
        ([("example.com.", True), ("example.com.", False)], "ok"),
        ([("example.com.", True)], "problem"),
        ([("example.org.", False)], "problem"),
        ([], "problem"),
    ],
    ids=["public", "private and public", "private", "another", "none"],
)
def test_a_domain_needs_a_public_hosted_zone(found: list[tuple[str, bool]], state: str):
    answers = {"ec2": REGIONS, "route53": zones(*found)}
    given = results(answers, compute="lambda", domainName="iris.example.com")
    assert given["hosted zone"].state == state


@pytest.mark.parametrize(("found", "state"), [([("example.com.", False)], "ok"), ([], "problem")])
def test_the_domain_of_a_fleet_needs_one_as_well(found: list[tuple[str, bool]], state: str):
    answers = {"ec2": REGIONS + OFFERINGS, "route53": zones(*found)}
    given = results(answers, compute="fleet", domainName="iris.example.com")
    assert given["hosted zone"].state == state


def test_with_both_shapes_the_zone_of_each_domain_is_looked_up():
    answers = {"ec2": REGIONS + OFFERINGS, "route53": zones(("example.com.", False)) + zones()}
    domains = {"domainName": "iris.example.com", "apiDomainName": "api.example.com"}
    assert results(answers, compute="both", **domains)["hosted zone"].state == "problem"
