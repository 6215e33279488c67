"""What must not be lost by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"

FOR_TRYING_OUT: Final = "dev"
"""The stack that may be destroyed at any time."""


def _deletable(resource: Resource) -> Iterator[str]:
    if resource.stack == FOR_TRYING_OUT:
        return
    if resource.type == BALANCER and resource.properties.get("enableDeletionProtection") is not True:
        yield "it can be deleted by mistake, and its address with it"


KEEPING: Final = (
    ResourceRule(
        name="deletion-protected",
        serves="REL08-BP05 Deploy changes with automation",
        says="What the world knows the service by cannot be deleted by mistake.",
        check=_deletable,
    ),
)
