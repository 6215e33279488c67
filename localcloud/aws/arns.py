"""Amazon Resource Names that the creating API call does not return."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


def arn(api: Api, service: str, resource: str) -> str:
    """Return the ARN of a resource in the control plane's account and region."""
    return f"arn:aws:{service}:{api.region}:{account_id(api)}:{resource}"


def account_id(api: Api) -> str:
    """Return the id of the control plane's account."""
    return api.client("sts").get_caller_identity()["Account"]
