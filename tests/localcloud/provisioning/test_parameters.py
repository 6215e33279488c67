from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from localcloud.provisioning.parameters import Names, UnknownInputError, parameters

if TYPE_CHECKING:
    from botocore.model import Shape


@cache
def shape(service: str, operation: str) -> Shape:
    model = botocore.session.get_session().get_service_model(service)
    found = model.operation_model(operation).input_shape
    assert found is not None
    return found


def subnet(inputs: dict[str, Any], names: Names | None = None) -> Any:
    return parameters(shape("ec2", "CreateSubnet"), inputs, names or Names())


def test_inputs_find_their_parameters_by_name():
    assert subnet({"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}) == {
        "VpcId": "vpc-1",
        "CidrBlock": "10.0.0.0/24",
    }


def test_an_input_without_a_parameter_is_named_with_its_path():
    rules = [{"name": "a", "statement": {"nonsense": 1}}]
    with pytest.raises(UnknownInputError, match=r"'rules\.statement\.nonsense'.*Statement"):
        parameters(shape("wafv2", "CreateWebACL"), {"rules": rules}, Names())


def test_a_renamed_input_goes_where_the_table_says():
    names = Names(rename={"network": "VpcId"})
    assert subnet({"network": "vpc-1"}, names) == {"VpcId": "vpc-1"}


def test_a_converted_input_is_written_as_the_table_says():
    names = Names(rename={"subnets": "VPCZoneIdentifier"}, convert={"subnets": ",".join})
    group = parameters(shape("autoscaling", "CreateAutoScalingGroup"), {"subnets": ["a", "b"]}, names)
    assert group == {"VPCZoneIdentifier": "a,b"}


def test_numbers_and_flags_take_the_type_that_the_api_wants():
    template = {
        "launchTemplateData": {"blockDeviceMappings": [{"ebs": {"encrypted": "true", "volumeSize": 8.0}}]}
    }
    made = parameters(shape("ec2", "CreateLaunchTemplate"), template, Names())
    volume = made["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]
    assert volume == {"Encrypted": True, "VolumeSize": 8}
    assert isinstance(volume["VolumeSize"], int)


def test_tags_become_a_list_of_keys_and_values():
    assert parameters(shape("elbv2", "CreateTargetGroup"), {"tags": {"a": "b"}}, Names()) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }
