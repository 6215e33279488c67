"""Import of what a deployment needs, for the time in which LocalStack starts on another core."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Final

from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

PROGRAM: Final = "infra.shapes"
"""Module that imports most of the Pulumi program."""

PROVIDER: Final = "pulumi_aws"
"""Package of the provider, which imports the modules of its services when they are first used."""


def preload(api: Api) -> None:
    """Import the program and the provider's modules, and create the clients, of all supported resources."""
    import_module(PROGRAM)
    for token in [*RESOURCE_TYPES, *DATA_SOURCES]:
        import_module(provider_module(token))
    for resource_type in RESOURCE_TYPES.values():
        api.client_by_name(resource_type.service)


def provider_module(token: str) -> str:
    """Return the module of a type or function token: `pulumi_aws.ec2` of `aws:ec2/vpc:Vpc`."""
    name = token.split(":")[1].partition("/")[0]
    if name == "index":  # what belongs to no service
        return PROVIDER
    return f"{PROVIDER}.{name}_" if iskeyword(name) else f"{PROVIDER}.{name}"
