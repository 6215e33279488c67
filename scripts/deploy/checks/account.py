"""Checks of the AWS account and region: credentials, volume key, hosted zone and GuardDuty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from scripts.aws.errors import SIGN_IN_HELP, advice, is_unreachable
from scripts.deploy.checks.check_result import CheckResult, note, ok, problem
from scripts.deploy.checks.required_quota import fleet_and_function
from scripts.deploy.checks.zones import check_zones

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.network.domain_config import Domain
    from infra.stack_config import StackConfig
    from localcloud.aws.client_factory import ClientFactory

AUTO_SCALING_ROLE: Final = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
"""Path and name of the service-linked role that launches the instances."""

ENABLED_STATUSES: Final = {"opt-in-not-required", "opted-in"}


def check_credentials(clients: ClientFactory) -> CheckResult:
    """Check the credentials, and return whose they are."""
    check = "credentials"
    try:
        found = clients("sts").get_caller_identity()
    except NoCredentialsError as error:
        return problem(check, "no AWS credentials were found", advice(error))
    except ClientError as error:
        return problem(check, f"AWS rejects the credentials: {_message(error)}", SIGN_IN_HELP)
    except BotoCoreError as error:
        return settings_problem(check, error)
    arn = found["Arn"]
    if arn.endswith(":root"):
        return note(
            check,
            f"account {found['Account']}, as its root user, which has all permissions",
            "deploy with a dedicated role or user (Well-Architected SEC01-BP02)",
        )
    return ok(check, f"account {found['Account']}, as {arn.rpartition(':')[2]}")


def settings_problem(check: str, error: BotoCoreError) -> CheckResult:
    """Return the finding for an error of the AWS settings on this machine, or of its network."""
    cause = "AWS can't be reached" if is_unreachable(error) else "the AWS settings can't be used"
    return problem(check, f"{cause}: {' '.join(str(error).split())}", advice(error))


def check_region(
    clients: ClientFactory, region: str, config: StackConfig, stack_tags: Mapping[str, str]
) -> Iterator[CheckResult]:
    """Check that the region is enabled, and has what the stack needs; stop if it is not enabled.

    Args:
        clients: Clients of the region.
        region: Name of the region.
        config: Configuration of the stack.
        stack_tags: Tags of the stack, which may exist already.
    """
    try:
        described = clients("ec2").describe_regions(RegionNames=[region], AllRegions=True)["Regions"]
    except ClientError as error:
        yield problem(
            "region", f"{region}: {_message(error)}", "set another with `pulumi config set aws:region ...`"
        )
        return
    if not any(one.get("OptInStatus", "opt-in-not-required") in ENABLED_STATUSES for one in described):
        yield problem(
            "region", f"{region} is unknown or disabled in this account", "choose another, or enable it"
        )
        return
    yield ok("region", region)
    fleet, function = fleet_and_function(config.compute)
    if fleet:
        yield check_zones(clients("ec2"), region, fleet, stack_tags)
        yield _check_volume_key(clients)
    for shape in (fleet, function):
        if shape and shape.domain:
            yield _check_hosted_zone(clients, shape.domain)
    if config.general.guard_duty:
        yield _check_guard_duty(clients, stack_tags)


def _message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message") or str(error)


def _check_volume_key(clients: ClientFactory) -> CheckResult:
    """Check that Auto Scaling may use the key that encrypts volumes by default, if it is a customer's.

    Without a grant or a statement of its policy, instances end at launch with Client.InternalError (EC2 Auto
    Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes").
    """
    check = "volume key"
    try:
        key = clients("ec2").get_ebs_default_kms_key_id()["KmsKeyId"]
        if key.endswith("alias/aws/ebs"):
            return ok(check, "volumes are encrypted with AWS's own key")
        kms = clients("kms")
        described = kms.describe_key(KeyId=key)["KeyMetadata"]
        if described.get("KeyManager") == "AWS":
            return ok(check, "volumes are encrypted with AWS's own key")
        pages = kms.get_paginator("list_grants").paginate(KeyId=described["KeyId"])
        grantees = [grant.get("GranteePrincipal", "") for page in pages for grant in page["Grants"]]
        policy = kms.get_key_policy(KeyId=described["KeyId"]).get("Policy", "")
    except ClientError as error:
        return note(check, f"can't be checked: {_message(error)}", "see EC2, Settings, Data protection")
    if any(AUTO_SCALING_ROLE in text for text in (policy, *grantees)):
        return ok(check, f"Auto Scaling may use {key}")
    role = f"arn:aws:iam::{described.get('AWSAccountId')}:role/{AUTO_SCALING_ROLE}"
    return problem(
        check,
        f"Auto Scaling may not use {key}, which encrypts volumes by default: no instance would launch",
        f"`aws kms create-grant --key-id {described['KeyId']} --grantee-principal {role} --operations "
        "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext "
        "DescribeKey CreateGrant`",
    )


def _check_hosted_zone(clients: ClientFactory, domain: Domain) -> CheckResult:
    name = f"{domain.hosted_zone}."
    found = clients("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    if any(zone["Name"] == name and not zone["Config"]["PrivateZone"] for zone in found):
        return ok("hosted zone", f"{domain.hosted_zone} is the zone of {domain.name}")
    return problem(
        "hosted zone",
        f"this account has no public hosted zone {domain.hosted_zone} for {domain.name}",
        "create it in Route 53, or choose another with `pulumi config set hostedZoneName ...`",
    )


def _check_guard_duty(clients: ClientFactory, stack_tags: Mapping[str, str]) -> CheckResult:
    client = clients("guardduty")
    try:
        # A region has one detector at most.
        found = client.list_detectors()["DetectorIds"]
        tags = {one: client.get_detector(DetectorId=one).get("Tags", {}) for one in found}
    except ClientError as error:
        return note("GuardDuty", f"can't be checked: {_message(error)}", "check it in the console")
    others = [one for one in found if not stack_tags.items() <= tags[one].items()]
    if others:
        return problem(
            "GuardDuty",
            f"the account has a detector in this region already, {others[0]}, and can't have two",
            "`pulumi config set guardDuty false`: the owner of that detector gets its findings",
        )
    return ok("GuardDuty", "no other stack has enabled it in this region")
