"""Nothing that the provider has given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.provider_schema import deprecated_arguments, deprecated_type
from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator


def _deprecated(resource: Resource) -> Iterator[str]:
    if deprecated_type(resource.type):
        yield f"{resource.type} itself is deprecated"
    yield from deprecated_arguments(resource.type, resource.properties)


CURRENCY: Final = (
    ResourceRule(
        name="nothing-deprecated",
        serves="OPS05-BP05 Perform patch management",
        says="No resource and no argument is deprecated: it would be gone with the provider's next version.",
        check=_deprecated,
    ),
)
