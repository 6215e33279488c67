from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from localcloud.provisioning.parameters import InputMapping, UnknownInputError, to_parameters

if TYPE_CHECKING:
    from botocore.model import Shape


@cache
def shape(service: str, operation: str) -> Shape:
    model = botocore.session.get_session().get_service_model(service)
    found = model.operation_model(operation).input_shape
    assert found is not None
    return found


def subnet(inputs: dict[str, Any], mapping: InputMapping | None = None) -> Any:
    return to_parameters(shape("ec2", "CreateSubnet"), inputs, mapping or InputMapping())


def test_inputs_match_parameters_by_name():
    assert subnet({"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}) == {
        "VpcId": "vpc-1",
        "CidrBlock": "10.0.0.0/24",
    }


def test_an_input_without_a_parameter_is_named_with_its_path():
    rules = [{"name": "a", "statement": {"nonsense": 1}}]
    with pytest.raises(UnknownInputError, match=r"'rules\.statement\.nonsense'.*Statement"):
        to_parameters(shape("wafv2", "CreateWebACL"), {"rules": rules}, InputMapping())


def test_a_renamed_input_becomes_the_mapped_parameter():
    mapping = InputMapping(rename={"network": "VpcId"})
    assert subnet({"network": "vpc-1"}, mapping) == {"VpcId": "vpc-1"}


def test_a_converted_input_has_the_mapped_value():
    mapping = InputMapping(rename={"subnets": "VPCZoneIdentifier"}, convert={"subnets": ",".join})
    group = to_parameters(shape("autoscaling", "CreateAutoScalingGroup"), {"subnets": ["a", "b"]}, mapping)
    assert group == {"VPCZoneIdentifier": "a,b"}


def test_numbers_and_booleans_get_the_type_of_the_api():
    template = {
        "launchTemplateData": {"blockDeviceMappings": [{"ebs": {"encrypted": "true", "volumeSize": 8.0}}]}
    }
    parameters = to_parameters(shape("ec2", "CreateLaunchTemplate"), template, InputMapping())
    volume = parameters["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]
    assert volume == {"Encrypted": True, "VolumeSize": 8}
    assert isinstance(volume["VolumeSize"], int)


# Pulumi has all numbers as floats, and Terraform some numbers and booleans as texts.
@pytest.mark.parametrize(
    ("service", "operation", "name", "given", "expected"),
    [
        ("elbv2", "CreateTargetGroup", "HealthCheckEnabled", "true", True),
        ("elbv2", "CreateTargetGroup", "HealthCheckEnabled", "false", False),
        ("elbv2", "CreateTargetGroup", "HealthCheckEnabled", False, False),
        ("elbv2", "CreateTargetGroup", "Port", 8_000.0, 8_000),
        ("elbv2", "CreateTargetGroup", "Port", "8000", 8_000),
        ("elbv2", "CreateTargetGroup", "HealthCheckPort", 8_000.0, "8000"),
        ("elbv2", "CreateTargetGroup", "HealthCheckPort", True, "true"),
        ("elbv2", "CreateTargetGroup", "HealthCheckPort", "traffic-port", "traffic-port"),
        ("cloudwatch", "PutMetricAlarm", "Threshold", "0.5", 0.5),
        ("cloudwatch", "PutMetricAlarm", "Threshold", 60, 60.0),
    ],
)
def test_a_value_has_the_type_of_its_parameter(
    service: str, operation: str, name: str, given: object, expected: object
):
    key = name[0].lower() + name[1:]
    found = to_parameters(shape(service, operation), {key: given}, InputMapping())[name]
    assert (found, type(found)) == (expected, type(expected))


def test_tags_become_a_list_of_keys_and_values():
    assert to_parameters(shape("elbv2", "CreateTargetGroup"), {"tags": {"a": "b"}}, InputMapping()) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }
