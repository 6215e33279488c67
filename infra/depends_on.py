"""Outputs that resolve only after other resources have been created."""

from __future__ import annotations

from typing import TypeVar

import pulumi

T = TypeVar("T")


def available_after(value: pulumi.Output[T], *dependencies: pulumi.CustomResource) -> pulumi.Output[T]:
    """Return the value as an output that resolves after the creation of the dependencies."""
    return pulumi.Output.all(*(dependency.id for dependency in dependencies)).apply(lambda _: value)
