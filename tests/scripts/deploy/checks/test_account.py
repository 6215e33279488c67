"""Checks of the account and region, with the responses of AWS written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.stack_config import load_config
from scripts.deploy.checks.account import AUTO_SCALING_ROLE, check_credentials, check_region
from tests.scripts.deploy.checks.zone_answers import zone_answers
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def results(
    answers: dict[str, Answers], tags: Mapping[str, str] | None = None, /, **values: str
) -> dict[str, CheckResult]:
    config = load_config(values)
    with ExitStack() as stack:
        clients = {
            service: stack.enter_context(answering(service, each)) for service, each in answers.items()
        }
        return {
            result.check: result
            for result in check_region(clients.__getitem__, "eu-west-1", config, tags or {"stack": "prod"})
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
        # The operations of that page's policy.
        operations = given.fix.partition("--operations ")[2].rstrip("`").split()
        assert operations == [
            *("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey"),
            *("GenerateDataKeyWithoutPlaintext", "DescribeKey", "CreateGrant"),
        ]


# The default key may be named by its ARN once it exists; AWS manages the grants of its own keys.
def test_a_key_that_aws_manages_needs_no_grant():
    asked: Answers = [*REGIONS, *OFFERINGS[:-1], ("get_ebs_default_kms_key_id", {}, {"KmsKeyId": KEY})]
    kms: Answers = [("describe_key", {"KeyId": KEY}, {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "AWS"}})]
    assert results({"ec2": asked, "kms": kms}, compute="fleet")["volume key"].state == "ok"


# EC2 API reference, DescribeRegions: the values of OptInStatus. Without AllRegions, those that are disabled
# would be an error.
@pytest.mark.parametrize(
    ("status", "checks"),
    [
        ("opt-in-not-required", {"region": "ok"}),
        ("opted-in", {"region": "ok"}),
        ("not-opted-in", {"region": "problem"}),
    ],
)
def test_a_region_that_the_account_has_not_enabled_ends_the_checks(status: str, checks: dict[str, str]):
    ((operation, request, _),) = REGIONS
    described = {"Regions": [{"RegionName": "eu-west-1", "OptInStatus": status}]}
    given = results({"ec2": [(operation, request, described)]}, compute="lambda")
    assert {check: result.state for check, result in given.items()} == checks


# GuardDuty API reference, CreateDetector: one detector for each account and region.
@pytest.mark.parametrize(
    ("tags", "state"),
    [
        ([], "ok"),
        ([{"project": "iris", "stack": "prod"}], "ok"),
        ([{"project": "iris", "stack": "dev"}], "problem"),
        ([{"owner": "ann"}], "problem"),
    ],
    ids=["none", "of this stack", "of another stack", "of no stack"],
)
def test_a_detector_of_another_owner_prevents_a_second_one(tags: list[dict[str, str]], state: str):
    found = [f"d-{number}" for number in range(len(tags))]
    described: Answers = [
        ("get_detector", {"DetectorId": one}, {"ServiceRole": "r", "Status": "ENABLED", "Tags": its})
        for one, its in zip(found, tags, strict=True)
    ]
    answers: dict[str, Answers] = {
        "ec2": REGIONS,
        "guardduty": [("list_detectors", {}, {"DetectorIds": found}), *described],
    }
    own = {"project": "iris", "stack": "prod"}
    assert results(answers, own, compute="lambda", guardDuty="true")["GuardDuty"].state == state


# Well-Architected SEC01-BP02: the root user is no user for daily work, and a deployment by it succeeds.
@pytest.mark.parametrize(
    ("arn", "state", "shown"),
    [
        ("arn:aws:iam::123456789012:root", "note", "account 123456789012, as its root user"),
        ("arn:aws:iam::123456789012:user/ann", "ok", "account 123456789012, as user/ann"),
        ("arn:aws:iam::123456789012:user/groot", "ok", "account 123456789012, as user/groot"),
    ],
)
def test_credentials_are_named_and_those_of_the_root_user_are_a_remark(arn: str, state: str, shown: str):
    caller = {"Arn": arn, "Account": "123456789012", "UserId": "A"}
    with answering("sts", [("get_caller_identity", {}, caller)]) as sts:
        result = check_credentials({"sts": sts}.__getitem__)
    assert result.state == state
    assert result.message.startswith(shown)
