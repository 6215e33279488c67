"""Clients of the AWS API in one region."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

    from localcloud.aws.client_factory import ClientFactory


def clients_of_region(
    region: str, *, session: Session | None = None, config: Config | None = None
) -> ClientFactory:
    """Return a factory of clients in a region.

    Args:
        region: Name of the region.
        session: Source of the credentials; by default, the environment.
        config: Timeouts and retries, if they are not boto3's own.
    """
    import boto3.session

    # The method's type names the services of all AWS, of which we install the stubs of ours.
    client = cast("Any", session or boto3.session.Session()).client
    return partial(client, region_name=region, config=config)
