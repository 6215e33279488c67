"""Registry of the supported Pulumi resource types and data sources.

A resource type describes the AWS calls that create a resource and its outputs, as far as botocore's models do
not (see `resource_type` and `parameters`). Any other type is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.resource_type import Inputs, ResourceType, create_resource
from localcloud.provisioning.resources.acm_and_route53 import DOMAINS
from localcloud.provisioning.resources.api_gateway import APIS
from localcloud.provisioning.resources.autoscaling import FLEET
from localcloud.provisioning.resources.cloudwatch_and_sns import OBSERVABILITY
from localcloud.provisioning.resources.elbv2 import LOAD_BALANCING
from localcloud.provisioning.resources.iam import IDENTITY
from localcloud.provisioning.resources.lambda_ import FUNCTIONS
from localcloud.provisioning.resources.s3 import STORAGE
from localcloud.provisioning.resources.vpc import NETWORK
from localcloud.provisioning.resources.wafv2 import FIREWALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.aws.clients import Api

RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = {
    **NETWORK,
    **STORAGE,
    **IDENTITY,
    **LOAD_BALANCING,
    **FLEET,
    **FUNCTIONS,
    **APIS,
    **DOMAINS,
    **FIREWALL,
    **OBSERVABILITY,
}
"""Supported resource types, by type token."""


class UnknownTypeError(ValueError):
    """Unsupported resource type or data source."""


def create(api: Api, type_token: str, logical_name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Create a resource of a supported type; return its id and its outputs.

    Raises:
        UnknownTypeError: the type is not supported.
    """
    resource_type = RESOURCE_TYPES.get(type_token)
    if resource_type is None:
        raise UnknownTypeError(f"the local cloud does not support {type_token}: add it to {__name__}")
    return create_resource(api, resource_type, logical_name, inputs)


def read_data_source(api: Api, token: str, arguments: Inputs) -> dict[str, Any]:
    """Read a data source of the program.

    Raises:
        UnknownTypeError: the data source is not supported.
    """
    if token not in DATA_SOURCES:
        raise UnknownTypeError(f"the local cloud does not support {token}: add it to {__name__}")
    return DATA_SOURCES[token](api, arguments)
