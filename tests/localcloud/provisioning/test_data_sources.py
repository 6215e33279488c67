"""Data sources of a Pulumi program, answered by the AWS API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.aws.clients import Api
from localcloud.provisioning.data_sources import DATA_SOURCES, NotFoundError
from tests.stubbed import stub

if TYPE_CHECKING:
    from tests.stubbed import Answers


def read(token: str, service: str, answers: Answers, **arguments: Any) -> dict[str, Any]:
    api = Api("http://127.0.0.1:1", "eu-west-1")
    with stub(api.client_by_name(service), answers):
        return DATA_SOURCES[token](api, arguments)


def test_availability_zones_are_those_of_the_filters_without_the_excluded_ids():
    found = [
        {"ZoneName": f"us-east-1{name}", "ZoneId": f"use1-az{number}"} for number, name in enumerate("abc")
    ]
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}]
    answers: Answers = [
        ("describe_availability_zones", {"Filters": filters}, {"AvailabilityZones": found}),
    ]
    zones = read(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        "ec2",
        answers,
        filters=[{"name": "zone-type", "values": ["availability-zone"]}],
        excludeZoneIds=["use1-az1", "us-east-1a"],
    )
    assert zones == {"names": ["us-east-1a", "us-east-1c"], "zoneIds": ["use1-az0", "use1-az2"]}


ZONE = "aws:route53/getZone:getZone"


def hosted(*, private: bool, name: str = "x.org.") -> dict[str, Any]:
    identifier = "/hostedzone/PRIVATE" if private else "/hostedzone/PUBLIC"
    return {"Id": identifier, "Name": name, "CallerReference": "1", "Config": {"PrivateZone": private}}


def zones_of(*zones: dict[str, Any]) -> Answers:
    answer = {"HostedZones": [*zones], "DNSName": "x.org.", "IsTruncated": False, "MaxItems": "100"}
    return [("list_hosted_zones_by_name", {"DNSName": "x.org."}, answer)]


# Route 53 lists the zones from that name on, in its order (API reference, ListHostedZonesByName).
@pytest.mark.parametrize("name", ["x.org", "x.org."])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [({}, "PUBLIC"), ({"privateZone": False}, "PUBLIC"), ({"privateZone": True}, "PRIVATE")],
)
def test_a_hosted_zone_is_the_public_one_unless_the_private_one_is_asked_for(
    name: str, arguments: dict[str, bool], expected: str
):
    answers = zones_of(hosted(private=True), hosted(private=False), hosted(private=False, name="y.org."))
    assert read(ZONE, "route53", answers, name=name, **arguments) == {"zoneId": expected, "name": "x.org"}


def test_a_hosted_zone_of_another_name_is_none():
    with pytest.raises(NotFoundError, match=r"there is no hosted zone x\.org\."):
        read(ZONE, "route53", zones_of(hosted(private=False, name="y.org.")), name="x.org")


def group(name: str, **tags: str) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": name,
        "MinSize": 2,
        "MaxSize": 6,
        "DesiredCapacity": 3,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["a"],
        "HealthCheckType": "ELB",
        "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC),
        "VPCZoneIdentifier": "subnet-1,subnet-2",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def test_groups_are_those_with_all_tags_of_the_filters():
    listed = [
        group("both", project="iris", stack="dev"),
        group("one", project="iris", stack="prod"),
        group("other", project="x", stack="dev"),
    ]
    answers: Answers = [("describe_auto_scaling_groups", {}, {"AutoScalingGroups": listed})]
    filters = [{"name": "tag:project", "values": ["iris"]}, {"name": "tag:stack", "values": ["dev", "test"]}]
    found = read("aws:autoscaling/getAmiIds:getAmiIds", "autoscaling", answers, filters=filters)
    assert found == {"names": ["both"]}


TEMPLATE = {"LaunchTemplateId": "lt-1", "Version": "3"}


@pytest.mark.parametrize(
    "of_template",
    [
        {"LaunchTemplate": TEMPLATE},
        {"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": TEMPLATE}}},
    ],
)
def test_a_group_has_its_limits_and_the_template_of_its_own_or_of_its_policy(of_template: dict[str, Any]):
    asked = {"AutoScalingGroupNames": ["iris"]}
    answers: Answers = [
        ("describe_auto_scaling_groups", asked, {"AutoScalingGroups": [group("iris") | of_template]})
    ]
    found = read("aws:autoscaling/getGroup:getGroup", "autoscaling", answers, name="iris")
    assert (found["minSize"], found["maxSize"], found["vpcZoneIdentifier"]) == (2, 6, "subnet-1,subnet-2")
    assert found["launchTemplates"] == [{"id": "lt-1", "name": "", "version": "3"}]


def test_a_group_that_does_not_exist_is_named():
    asked = {"AutoScalingGroupNames": ["iris"]}
    answers: Answers = [("describe_auto_scaling_groups", asked, {"AutoScalingGroups": []})]
    with pytest.raises(NotFoundError, match="there is no Auto Scaling group iris"):
        read("aws:autoscaling/getGroup:getGroup", "autoscaling", answers, name="iris")


def test_a_version_of_an_object_that_does_not_exist_is_named():
    api = Api("http://127.0.0.1:1", "eu-west-1")
    stubber = stub(api.client("s3"), [])
    stubber.add_client_error("head_object", "404", "Not Found", 404)
    named = {"bucket": "archives", "key": "iris.zip", "versionId": "3"}
    with stubber, pytest.raises(NotFoundError, match=r"there is no version 3 of s3://archives/iris\.zip"):
        DATA_SOURCES["aws:s3/getObject:getObject"](api, named)
