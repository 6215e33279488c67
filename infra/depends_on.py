"""Values that are known only when what they need to be of use exists."""

from __future__ import annotations

from typing import TypeVar

import pulumi

T = TypeVar("T")


def once(value: pulumi.Output[T], *needs: pulumi.CustomResource) -> pulumi.Output[T]:
    """Hold a value back until the resources exist: whoever waits for it waits for them."""
    return pulumi.Output.all(*(need.id for need in needs)).apply(lambda _: value)
