"""Checks of `iris doctor` and search for orphaned resources, on LocalStack."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from scripts.deploy.checks.quotas import QUOTAS, check_quotas
from scripts.deploy.checks.required_quota import RequiredQuota
from scripts.deploy.preflight import run_checks
from scripts.deploy.removal.orphaned_resources import RemovedStack, orphaned_resources
from tests.infra.mock_aws import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from types_boto3_ec2.type_defs import TagTypeDef

    from localcloud.aws.clients import Api
    from scripts.deploy.checks.check_result import CheckResult
    from tests.localcloud.localstack.running import Running

OURS = {"project": "shop", "stack": "here"}


@pytest.fixture(scope="module")
def api(localstack: Running) -> Api:
    return localstack.api


@pytest.fixture
def project(localstack: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose AWS is LocalStack."""
    for name, value in localstack.api.environment().items():
        monkeypatch.setenv(name, value)
    shutil.copy(FOLDER / "Pulumi.yaml", tmp_path)
    (tmp_path / "iris.zip").write_bytes(b"packed")
    write(tmp_path, "archive: iris.zip")
    return tmp_path


def write(folder: Path, *lines: str, region: str = "eu-central-1") -> None:
    own = [f"  scalable-models:{line}" for line in lines]
    (folder / "Pulumi.prod.yaml").write_text("\n".join(["config:", f"  aws:region: {region}", *own]) + "\n")


def found(folder: Path) -> dict[str, CheckResult]:
    return {result.check: result for result in run_checks(folder, "prod", lambda _: None)}


def test_credentials_region_instance_type_and_quotas_are_checked(project: Path):
    results = found(project)
    # LocalStack has only the root user.
    assert results["credentials"].state == "note"
    assert "account 000000000000" in results["credentials"].message
    assert results["region"].message == "eu-central-1"
    assert results["instance type"].state == "ok"
    assert "t4g.small in " in results["instance type"].message
    vpcs = results["quota vpc L-F678F1CE"]
    assert vpcs.state == "ok"
    assert vpcs.message.startswith("1 VPCs needed, ")
    assert vpcs.message.endswith(" of 5 used by other resources")


def test_an_unknown_quota_is_a_note(project: Path):
    result = found(project)["quota ec2 L-1216C47A"]
    assert result.state == "note"
    assert "/services/ec2/quotas/L-1216C47A" in result.fix


def test_each_zone_needs_all_types_of_a_mixture_and_scarce_types_are_reported(project: Path):
    write(project, "archive: iris.zip", "alternativeInstanceTypes: t4g.medium, m7g.large")
    mixed = found(project)["instance type"]
    zones = "eu-central-1a and eu-central-1b"
    assert mixed.message == f"t4g.small and t4g.medium and m7g.large in {zones}"
    write(
        project,
        "archive: iris.zip",
        "instanceType: c9g.large",
        "alternativeInstanceTypes: t4g.medium, m7g.large",
    )
    scarce = found(project)["instance type"]
    assert scarce.state == "problem"
    assert "(c9g.large in 0)" in scarce.message
    write(project, "archive: iris.zip", "instanceType: c9g.large")
    nowhere = found(project)["instance type"]
    assert nowhere.state == "problem"
    assert "has c9g.large in no zone" in nowhere.message


def test_spot_and_on_demand_instances_have_separate_quotas(api: Api):
    ec2 = api.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    used = {quota.code: quota.used for quota in QUOTAS}

    def taken() -> tuple[int, int]:
        return used["L-1216C47A"](api.client, OURS), used["L-34B43A08"](api.client, OURS)

    before = taken()
    on_demand = ec2.run_instances(ImageId=image, InstanceType="c7g.xlarge", MinCount=1, MaxCount=1)
    spot = ec2.run_instances(
        ImageId=image,
        InstanceType="c7g.2xlarge",
        MinCount=1,
        MaxCount=1,
        InstanceMarketOptions={"MarketType": "spot"},
    )
    started = on_demand["Instances"] + spot["Instances"]
    try:
        assert [now - then for now, then in zip(taken(), before, strict=True)] == [4, 8]
    finally:
        ec2.terminate_instances(InstanceIds=[instance["InstanceId"] for instance in started])


def test_a_domain_needs_its_zone(project: Path):
    write(project, "functionArchive: iris.zip", "compute: lambda", "domainName: iris.missing.example")
    result = found(project)["hosted zone"]
    assert result.state == "problem"
    assert "no public hosted zone missing.example" in result.message


def test_another_detector_in_the_region_is_a_problem_but_not_the_stacks_own(
    localstack: Running, project: Path
):
    write(project, "archive: iris.zip", "guardDuty: true")
    client = localstack.client("guardduty")
    # Pulumi's project is named in its own file.
    own = {"project": "scalable-models", "stack": "prod"}
    for tags, state in ((own, "ok"), ({"project": "another"}, "problem")):
        detector = client.create_detector(Enable=True, Tags=tags)["DetectorId"]
        try:
            result = found(project)["GuardDuty"]
        finally:
            client.delete_detector(DetectorId=detector)
        assert result.state == state
        assert (detector in result.message) == (state == "problem")
    assert found(project)["GuardDuty"].state == "ok"


def test_a_region_that_does_not_exist_is_a_problem(project: Path):
    write(project, "archive: iris.zip", region="eu-nowhere-1")
    assert found(project)["region"].state == "problem"


def test_existing_resources_of_the_stack_do_not_count_against_its_quota(api: Api):
    tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in OURS.items()]
    ec2 = api.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])[
        "Vpc"
    ]["VpcId"]

    def look(tags: dict[str, str], needed: int) -> CheckResult:
        (result,) = check_quotas(RequiredQuota(vpcs=needed), api.client, api.region, tags)
        return result

    def taken(result: CheckResult) -> int:
        return int(result.message.split(", ")[1].split()[0])

    try:
        assert taken(look({"stack": "another"}, 1)) - taken(look(OURS, 1)) == 1
        short = look(OURS, 6)
        assert short.state == "problem"
        assert short.fix.startswith(f"request {6 + taken(short)} at https://")
    finally:
        ec2.delete_vpc(VpcId=vpc)


def test_orphaned_resources_of_a_stack_are_found_while_they_exist_and_cost(api: Api):
    tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in OURS.items()]
    ec2, sns = api.client("ec2"), api.client("sns")
    # A topic without messages is free (Amazon SNS pricing).
    topic = sns.create_topic(Name="left", Tags=[{"Key": key, "Value": value} for key, value in OURS.items()])[
        "TopicArn"
    ]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    instance = started["Instances"][0]["InstanceId"]
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0].get("ZoneName", "")
    volume = ec2.create_volume(
        AvailabilityZone=zone, Size=8, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
    )["VolumeId"]
    stack = RemovedStack(tags=OURS)
    assert sorted({str(one) for one in orphaned_resources(api.client, stack)}) == [
        f"{instance} (billed per second while it runs)",
        f"{volume} (billed per GB and month)",
    ]
    # AWS lists an instance for a while after its end.
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_volume(VolumeId=volume)
    assert list(orphaned_resources(api.client, stack)) == []
    sns.delete_topic(TopicArn=topic)
