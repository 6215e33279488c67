"""Import of what a deployment needs."""

from __future__ import annotations

import pulumi
import pytest

from localcloud.provisioning.preload import provider_class
from localcloud.provisioning.registry import RESOURCE_TYPES


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_each_supported_type_is_a_class_of_the_provider(token: str):
    found = provider_class(token)
    assert issubclass(found, pulumi.CustomResource)
    assert vars(found)["pulumi_type"] == token
