"""Deletion protection of resources with a public address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"

UNPROTECTED_STACK: Final = "dev"
"""Development stack, which may be destroyed at any time."""


def _unprotected(resource: Resource) -> Iterator[str]:
    if resource.stack == UNPROTECTED_STACK:
        return
    if resource.type == BALANCER and resource.properties.get("enableDeletionProtection") is not True:
        yield "it can be deleted by mistake, together with its address"


DELETION_PROTECTION_RULES: Final = (
    ResourceRule(
        name="deletion-protection-enabled",
        best_practice="REL08-BP05 Deploy changes with automation",
        description="Load balancers have deletion protection, except in the development stack.",
        check=_unprotected,
    ),
)
