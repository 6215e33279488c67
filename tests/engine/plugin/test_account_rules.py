from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.plugin.account import Account, StoredResource
from tests.engine.plugin.account_rules import (
    ALIAS,
    BALANCER,
    BUCKET,
    FUNCTION,
    GROUP,
    LISTENER,
    OBJECT,
    PROVISIONED,
    SCHEDULE,
    SUBNET,
    TEMPLATE,
    RefusedError,
)

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = "aws:lb/targetGroup:TargetGroup"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "account.json")


def create(account: Account, kind: str, **inputs: Any) -> str:
    return account.create(StoredResource(type=kind, name=kind.rpartition(":")[2], inputs=inputs))[0]


def update(account: Account, identifier: str, **inputs: Any) -> dict[str, Any]:
    old = account.resources()[identifier]
    return account.update(identifier, StoredResource(old.type, old.name, {**old.inputs, **inputs}))


def group(account: Account, subnets: list[str], version: str = "1") -> str:
    targets = create(account, TARGETS)
    create(account, LISTENER, defaultActions=[{"targetGroupArn": targets}])
    template = create(account, TEMPLATE, imageId="ami")
    source = {"id": template, "version": version}
    return create(
        account, GROUP, launchTemplate=source, vpcZoneIdentifiers=subnets, targetGroupArns=[targets]
    )


def test_a_target_group_in_use_by_a_listener_is_not_deleted(account: Account):
    targets = create(account, TARGETS)
    listener = create(account, LISTENER, defaultActions=[{"targetGroupArn": targets}])
    with pytest.raises(RefusedError, match="in use by Listener"):
        account.delete(targets)
    account.delete(listener)
    account.delete(targets)
    assert account.resources() == {}


def test_a_protected_load_balancer_stays_and_an_unprotected_one_takes_its_listeners_with_it(account: Account):
    balancer = create(account, BALANCER, enableDeletionProtection=True)
    create(account, LISTENER, loadBalancerArn=balancer, port=80)
    with pytest.raises(RefusedError, match="OperationNotPermitted"):
        account.delete(balancer)
    update(account, balancer, enableDeletionProtection=False)
    account.delete(balancer)
    assert account.resources() == {}


def test_a_bucket_with_objects_is_deleted_only_by_force(account: Account):
    bucket = create(account, BUCKET, forceDestroy=False)
    create(account, OBJECT, bucket=bucket, key="a")
    with pytest.raises(RefusedError, match="BucketNotEmpty"):
        account.delete(bucket)
    update(account, bucket, forceDestroy=True)
    account.delete(bucket)
    assert account.resources() == {}


@pytest.mark.parametrize(("kind", "key"), [(BALANCER, "subnets"), (GROUP, "vpcZoneIdentifiers")])
def test_neither_a_load_balancer_nor_a_group_moves_to_another_vpc(account: Account, kind: str, key: str):
    first, second, other = (
        create(account, SUBNET, vpcId=vpc, cidrBlock=cidr)
        for vpc, cidr in (("a", "1"), ("a", "2"), ("b", "1"))
    )
    made = group(account, [first]) if kind == GROUP else create(account, kind, subnets=[first])
    update(account, made, **{key: [first, second]})
    with pytest.raises(RefusedError, match="InvalidSubnet"):
        update(account, made, **{key: [other]})


def test_a_group_needs_a_version_that_exists_and_a_target_group_with_a_listener(account: Account):
    group(account, [])
    with pytest.raises(RefusedError, match="has no version 2"):
        group(account, [], version="2")
    lonely, template = create(account, TARGETS), create(account, TEMPLATE, imageId="ami")
    source = {"id": template, "version": "1"}
    with pytest.raises(RefusedError, match="has no load balancer"):
        create(account, GROUP, launchTemplate=source, targetGroupArns=[lonely])


def test_a_scheduled_action_is_never_updated_and_its_time_is_unique_in_a_group(account: Account):
    time = {"autoscalingGroupName": "g", "recurrence": "0 7 * * *", "timeZone": "UTC"}
    action = create(account, SCHEDULE, **time, scheduledActionName="a")
    with pytest.raises(RefusedError, match="in the past"):
        update(account, action, minSize=2)
    with pytest.raises(RefusedError, match="recurrence 0 7"):
        create(account, SCHEDULE, **time, scheduledActionName="b")


def test_a_certificate_serves_once_it_is_issued(account: Account):
    certificate = create(account, "aws:acm/certificate:Certificate")
    with pytest.raises(RefusedError, match="is not issued"):
        create(account, LISTENER, certificateArn=certificate)
    create(account, "aws:acm/certificateValidation:CertificateValidation", certificateArn=certificate)
    create(account, LISTENER, certificateArn=certificate)
    with pytest.raises(RefusedError, match="in use by Listener"):
        account.delete(certificate)


def test_snap_start_and_provisioned_concurrency_exclude_each_other(account: Account):
    function = create(account, FUNCTION, snapStart={"applyOn": "PublishedVersions"})
    with pytest.raises(RefusedError, match="exclude each other"):
        create(account, PROVISIONED, functionName=function)
    update(account, function, snapStart=None)
    create(account, PROVISIONED, functionName=function)
    with pytest.raises(RefusedError, match="exclude each other"):
        update(account, function, snapStart={"applyOn": "PublishedVersions"})


def test_provisioned_concurrency_is_of_the_version_that_its_alias_names(account: Account):
    function = create(account, FUNCTION, snapStart={"applyOn": "PublishedVersions"})
    alias = create(account, ALIAS, functionName=function, functionVersion="1")
    update(account, function, snapStart=None)
    with pytest.raises(RefusedError, match="exclude each other"):
        create(account, PROVISIONED, functionName=function)
    update(account, alias, functionVersion="2")
    create(account, PROVISIONED, functionName=function)


def test_a_changed_template_has_a_further_version_and_other_tags_make_none(account: Account):
    template = create(account, TEMPLATE, imageId="a")
    assert update(account, template, tags={"a": "b"})["latestVersion"] == 1
    assert update(account, template, imageId="b")["latestVersion"] == 2
    assert [one["imageId"] for one in account.resources()[template].history] == ["a", "b"]


def test_each_upload_of_an_object_has_another_version(account: Account):
    stored = create(account, OBJECT, bucket="b", key="k", metadata={"sha256": "1"})
    first = account.resources()[stored].outputs["versionId"]
    assert update(account, stored, metadata={"sha256": "2"})["versionId"] != first


def test_the_log_has_every_operation_in_order(account: Account):
    targets = create(account, TARGETS)
    update(account, targets, slowStart=30)
    account.delete(targets)
    assert [(one.action, one.name) for one in account.operations()] == [
        ("create", "TargetGroup"),
        ("update", "TargetGroup"),
        ("delete", "TargetGroup"),
    ]
