"""The table: a type of Pulumi resource -> the AWS calls that make it and the outputs it gives back.

The services' own models say most of it (see `shapes`); a row says the rest (see `row`). What is not in the
table can't be made here, and that is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.data_sources import LOOK_UPS
from localcloud.provisioning.resource_type import Inputs, Row, make
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

ROWS: Final[Mapping[str, Row]] = {
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
"""Every type that can be made."""


class UnknownTypeError(ValueError):
    """A type of resource, or a look-up, is not in the table."""


def create(api: Api, type_token: str, logical_name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Make a resource of any type in the table; return its id and its outputs.

    Raises:
        UnknownTypeError: the table has no such type.
    """
    row = ROWS.get(type_token)
    if row is None:
        raise UnknownTypeError(f"the local cloud can't make {type_token} yet: add a row to {__name__}")
    return make(api, row, logical_name, inputs)


def look_up(api: Api, token: str, arguments: Inputs) -> dict[str, Any]:
    """Answer a data source of the program.

    Raises:
        UnknownTypeError: the table has no such data source.
    """
    if token not in LOOK_UPS:
        raise UnknownTypeError(f"the local cloud can't look up {token} yet: add it to {__name__}")
    return LOOK_UPS[token](api, arguments)
