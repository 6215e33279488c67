"""Import of what a deployment needs."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.preload import provider_module
from localcloud.provisioning.registry import RESOURCE_TYPES


@pytest.mark.parametrize(
    ("token", "module"),
    [
        ("aws:ec2/vpc:Vpc", "pulumi_aws.ec2"),
        ("aws:lambda/function:Function", "pulumi_aws.lambda_"),
        ("aws:index/getRegion:getRegion", "pulumi_aws"),
    ],
)
def test_a_token_names_a_module_of_the_provider(token: str, module: str):
    assert provider_module(token) == module


def test_each_supported_type_and_function_is_in_a_module_of_the_provider():
    assert not [token for token in [*RESOURCE_TYPES, *DATA_SOURCES] if not find_spec(provider_module(token))]
