"""What a rule is: a sentence about one resource, or about a whole stack, that a program can check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

Properties: TypeAlias = Mapping[str, Any]
"""As Pulumi serialises them: camelCase keys, numbers as floats; what has no value is absent."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of AWS that a program asks for."""

    type: str
    """Like `aws:s3/bucket:Bucket`."""
    name: str
    """The logical one."""
    properties: Properties
    """Its inputs, and its outputs as far as they are known."""
    project: str
    stack: str


Finding: TypeAlias = tuple[Resource, str]
"""A resource and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class ResourceRule:
    """A rule that each resource keeps, or breaks, by itself: it can be refused before it is made."""

    name: str
    serves: str
    """The best practice of the AWS Well-Architected Framework, by its id and name."""
    says: str
    check: Callable[[Resource], Iterable[str]]
    """Tells what is wrong with a resource of any type; nothing where the rule is not about it."""


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """A rule about what belongs together."""

    name: str
    serves: str
    """The best practice of the AWS Well-Architected Framework, by its id and name."""
    says: str
    check: Callable[[Sequence[Resource]], Iterable[Finding]]
    """Tells what is wrong in a stack, given all its resources with their outputs."""


Rule: TypeAlias = ResourceRule | StackRule


def of_type(resources: Iterable[Resource], kind: str) -> list[Resource]:
    """Pick the resources of one type."""
    return [resource for resource in resources if resource.type == kind]


def block(properties: Properties, key: str) -> Properties:
    """Return a nested block, empty where it is not given."""
    found: object = properties.get(key)
    return cast("Properties", found) if isinstance(found, Mapping) else {}


def blocks(properties: Properties, key: str) -> Sequence[Properties]:
    """Return the blocks of a list, none where it is not given."""
    return cast("Sequence[Properties]", properties.get(key) or [])


def values(properties: Properties, key: str) -> Sequence[str]:
    """Return the texts of a list, none where it is not given."""
    return cast("Sequence[str]", properties.get(key) or [])
