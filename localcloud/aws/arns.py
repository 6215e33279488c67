"""How resources are called across services, where the call that makes one does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


def arn(api: Api, service: str, resource: str) -> str:
    """Return the Amazon Resource Name of a resource in the control plane's account and region."""
    return f"arn:aws:{service}:{api.region}:{account(api)}:{resource}"


def account(api: Api) -> str:
    """Return the id of the control plane's account."""
    identity: str = api.client("sts").get_caller_identity()["Account"]
    return identity
