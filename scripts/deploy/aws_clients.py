"""Clients of the AWS API in one region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

Clients: TypeAlias = Callable[[str], Any]
"""Factory of boto3 clients: name of a service -> its client."""


def clients_of_region(region: str) -> Clients:
    """Return a factory of clients in a region, with the credentials of the environment."""
    import boto3.session

    session = boto3.session.Session(region_name=region)
    # The stubs have one overload per literal name of a service; here the name is known only at run time.
    return cast("Clients", session.client)  # pyright: ignore[reportUnknownMemberType]
