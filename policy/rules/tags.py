"""Required tags: project, stack and owner on every resource that supports tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.provider_schema import arguments
from policy.rule import Resource, ResourceRule, block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.rule import Properties

GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

LAUNCHED: Final = ("instance", "volume")
"""Resources that only their launch template can tag."""


def _missing_tags(resource: Resource) -> Iterator[str]:
    if "tags" in arguments(resource.type):
        yield from _invalid_tags(_tags(resource), resource)
    if resource.type == TEMPLATE:
        specified = {
            each["resourceType"]: block(each, "tags")
            for each in blocks(resource.properties, "tagSpecifications")
        }
        for kind in LAUNCHED:
            for message in _invalid_tags(specified.get(kind, {}), resource):
                yield f"of its {kind}s: {message}"


def _tags(resource: Resource) -> Properties:
    if resource.type == GROUP:
        return {tag["key"]: tag["value"] for tag in blocks(resource.properties, "tags")}
    return block(resource.properties, "tags")


def _invalid_tags(tags: Properties, resource: Resource) -> Iterator[str]:
    for key, value in (("project", resource.project), ("stack", resource.stack)):
        if tags.get(key) != value:
            yield f"the tag {key} is {tags.get(key)!r} and not {value!r}"
    if not tags.get("owner"):
        yield "there is no tag owner"


TAG_RULES: Final = (
    ResourceRule(
        name="required-tags",
        best_practice="OPS02-BP01 Resources have identified owners",
        description="Resources that support tags have the tags project, stack and owner.",
        check=_missing_tags,
    ),
)
