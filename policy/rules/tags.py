"""Who answers for what: the tags on all that takes tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.provider_schema import arguments
from policy.rule import Resource, ResourceRule, block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.rule import Properties

GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

STARTED: Final = ("instance", "volume")
"""What a launch template makes that nobody else can tag."""


def _untagged(resource: Resource) -> Iterator[str]:
    if "tags" in arguments(resource.type):
        yield from _lacks(_tags(resource), resource)
    if resource.type == TEMPLATE:
        specified = {
            one["resourceType"]: block(one, "tags")
            for one in blocks(resource.properties, "tagSpecifications")
        }
        for kind in STARTED:
            for lack in _lacks(specified.get(kind, {}), resource):
                yield f"of its {kind}s: {lack}"


def _tags(resource: Resource) -> Properties:
    if resource.type == GROUP:
        return {tag["key"]: tag["value"] for tag in blocks(resource.properties, "tags")}
    return block(resource.properties, "tags")


def _lacks(tags: Properties, resource: Resource) -> Iterator[str]:
    for key, value in (("project", resource.project), ("stack", resource.stack)):
        if tags.get(key) != value:
            yield f"the tag {key} is {tags.get(key)!r} and not {value!r}"
    if not tags.get("owner"):
        yield "there is no tag owner"


TAGGING: Final = (
    ResourceRule(
        name="tagged",
        serves="OPS02-BP01 Resources have identified owners",
        says="All that takes tags says which project and stack it belongs to, and who answers for it.",
        check=_untagged,
    ),
)
