"""Checks of the account and region, with the responses of AWS written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.stack_config import load_config
from scripts.deploy.checks.account import AUTO_SCALING_ROLE, check_region
from tests.scripts.deploy.checks.zone_answers import zone_answers
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from scripts.deploy.checks.check_result import CheckResult

REGIONS: Final[Answers] = [
    (
        "describe_regions",
        {"RegionNames": ["eu-west-1"], "AllRegions": True},
        {"Regions": [{"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"}]},
    )
]


# The requests of the checks of zones and of the volumes' key.
OFFERINGS: Final[Answers] = [
    *zone_answers({"t4g.small": ("eu-west-1a", "eu-west-1b")}),
    ("get_ebs_default_kms_key_id", {}, {"KmsKeyId": "alias/aws/ebs"}),
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


KEY: Final = "arn:aws:kms:eu-west-1:000000000000:key/k-1"


# EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes".
@pytest.mark.parametrize(
    ("grantees", "policy", "state"),
    [
        ([], "{}", "problem"),
        (["arn:aws:iam::000000000000:role/other"], "{}", "problem"),
        ([f"arn:aws:iam::000000000000:role/{AUTO_SCALING_ROLE}"], "{}", "ok"),
        ([], f'{{"AWS": "arn:aws:iam::000000000000:role/{AUTO_SCALING_ROLE}"}}', "ok"),
    ],
    ids=["nothing", "another grant", "grant", "policy"],
)
def test_a_customer_key_of_volumes_is_open_to_auto_scaling(grantees: list[str], policy: str, state: str):
    metadata = {"KeyId": "k-1", "AWSAccountId": "000000000000", "KeyManager": "CUSTOMER"}
    asked: Answers = [*REGIONS, *OFFERINGS[:-1], ("get_ebs_default_kms_key_id", {}, {"KmsKeyId": KEY})]
    kms: Answers = [
        ("describe_key", {"KeyId": KEY}, {"KeyMetadata": metadata}),
        ("list_grants", {"KeyId": "k-1"}, {"Grants": [{"GranteePrincipal": one} for one in grantees]}),
        ("get_key_policy", {"KeyId": "k-1"}, {"Policy": policy}),
    ]
    given = results({"ec2": asked, "kms": kms}, compute="fleet")["volume key"]
    assert given.state == state
    if state == "problem":
        assert f"--grantee-principal arn:aws:iam::000000000000:role/{AUTO_SCALING_ROLE}" in given.fix
