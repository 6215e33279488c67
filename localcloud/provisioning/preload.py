"""Import of what a deployment needs, for the time in which LocalStack starts on another core."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Final

from localcloud.provisioning.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

PROGRAM: Final = "infra.shapes"
"""Module that imports most of the Pulumi program."""

PROVIDER: Final = "pulumi_aws"
"""Package of the provider, which imports the module of a resource when its class is first used."""


def preload(api: Api) -> None:
    """Import the program and the provider's classes, and create the clients, of all supported resources."""
    import_module(PROGRAM)
    for token in RESOURCE_TYPES:
        provider_class(token)
    for resource_type in RESOURCE_TYPES.values():
        api.client_by_name(resource_type.service)


def provider_class(token: str) -> type:
    """Return the class of a resource type: `pulumi_aws.ec2.Vpc` of `aws:ec2/vpc:Vpc`."""
    _, path, name = token.split(":")
    service = path.partition("/")[0]
    found: type = getattr(import_module(f"{PROVIDER}.{service}{'_' * iskeyword(service)}"), name)
    return found
