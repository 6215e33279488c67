"""Rules about a single resource or about a whole stack, and helpers that read a resource's properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

Properties: TypeAlias = Mapping[str, Any]
"""Properties as Pulumi serialises them: camelCase keys, numbers as floats, keys without a value absent."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """AWS resource that a program requests."""

    type: str
    """Type token, such as `aws:s3/bucket:Bucket`."""
    name: str
    """Logical name."""
    properties: Properties
    """Inputs, and outputs as far as they are known."""
    project: str
    stack: str


Finding: TypeAlias = tuple[Resource, str]
"""Resource and the description of its violation."""


@dataclass(frozen=True, kw_only=True)
class ResourceRule:
    """Rule about one resource: the engine refuses a violating resource before it creates it."""

    name: str
    best_practice: str
    """Best practice of the AWS Well-Architected Framework, by its id and name."""
    description: str
    check: Callable[[Resource], Iterable[str]]
    """Yields the violations of a resource of any type; none for the types that the rule does not cover."""


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """Rule about resources that belong together."""

    name: str
    best_practice: str
    """Best practice of the AWS Well-Architected Framework, by its id and name."""
    description: str
    check: Callable[[Sequence[Resource]], Iterable[Finding]]
    """Yields the violations of a stack, given all its resources with their outputs."""


Rule: TypeAlias = ResourceRule | StackRule


def of_type(resources: Iterable[Resource], kind: str) -> list[Resource]:
    """Return the resources of one type."""
    return [resource for resource in resources if resource.type == kind]


def block(properties: Properties, key: str) -> Properties:
    """Return a nested block; empty if it is missing."""
    found: object = properties.get(key)
    return cast("Properties", found) if isinstance(found, Mapping) else {}


def blocks(properties: Properties, key: str) -> Sequence[Properties]:
    """Return the blocks of a list; none if it is missing."""
    return cast("Sequence[Properties]", properties.get(key) or [])


def values(properties: Properties, key: str) -> Sequence[str]:
    """Return the strings of a list; none if it is missing."""
    return cast("Sequence[str]", properties.get(key) or [])
