"""Deprecated resource types and arguments of the AWS provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.provider_schema import deprecated_arguments, is_deprecated_type
from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator


def _deprecated(resource: Resource) -> Iterator[str]:
    if is_deprecated_type(resource.type):
        yield f"{resource.type} itself is deprecated"
    yield from deprecated_arguments(resource.type, resource.properties)


DEPRECATION_RULES: Final = (
    ResourceRule(
        name="no-deprecations",
        best_practice="OPS05-BP05 Perform patch management",
        description="Resources use no deprecated types and arguments, which the provider may remove.",
        check=_deprecated,
    ),
)
