from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policy.rule import Resource

VPC = "aws:ec2/vpc:Vpc"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ALIAS = "aws:lambda/alias:Alias"
"""Type without tags (Lambda API reference, CreateAlias)."""

ALL = {"project": "iris", "stack": "prod", "owner": "team"}
NO_OWNER = "there is no tag owner"

INVALID: tuple[tuple[Mapping[str, str], str], ...] = (
    ({**ALL, "project": "other"}, "the tag project is 'other' and not 'iris'"),
    ({**ALL, "stack": "dev"}, "the tag stack is 'dev' and not 'prod'"),
    ({"stack": "prod", "owner": "team"}, "the tag project is None and not 'iris'"),
    ({**ALL, "owner": ""}, NO_OWNER),
    ({"project": "iris", "stack": "prod"}, NO_OWNER),
)


def group(tags: Mapping[str, str]) -> Resource:
    return resource(GROUP, tags=[{"key": key, "value": value} for key, value in tags.items()])


def template(instance: Mapping[str, str], volume: Mapping[str, str]) -> tuple[Resource, ...]:
    specified = [
        {"resourceType": kind, "tags": dict(tags)}
        for kind, tags in (("instance", instance), ("volume", volume))
        if tags
    ]
    return (resource(TEMPLATE, tags=ALL, tagSpecifications=specified),)


NOTHING = (
    "the tag project is None and not 'iris'",
    "the tag stack is None and not 'prod'",
    NO_OWNER,
)

CASES = (
    Case("required-tags", "all tags", (resource(VPC, tags=ALL), group(ALL), *template(ALL, ALL))),
    *(
        Case("required-tags", message, (resource(VPC, tags=tags),), (f"it: {message}",))
        for tags, message in INVALID
    ),
    *(
        Case("required-tags", f"of a group: {message}", (group(tags),), (f"it: {message}",))
        for tags, message in INVALID
    ),
    *(
        Case(
            "required-tags",
            f"of instances: {message}",
            template(tags, ALL),
            (f"it: of its instances: {message}",),
        )
        for tags, message in INVALID
    ),
    *(
        Case(
            "required-tags",
            f"of volumes: {message}",
            template(ALL, tags),
            (f"it: of its volumes: {message}",),
        )
        for tags, message in INVALID
    ),
    Case("required-tags", "no tags", (resource(VPC),), tuple(f"it: {message}" for message in NOTHING)),
    Case(
        "required-tags",
        "no tags of volumes",
        template(ALL, {}),
        tuple(f"it: of its volumes: {message}" for message in NOTHING),
    ),
    Case("required-tags", "a type without tags", (resource(ALIAS),)),
)
