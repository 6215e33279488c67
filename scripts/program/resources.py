"""What a stack consists of, as its program or a preview says: types of resources and what they shall be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, cast

Inputs: TypeAlias = "dict[str, Any]"
"""What a resource is asked to be; Pulumi gives no types to it."""


class StackError(RuntimeError):
    """The stack can't be priced; the text says why."""


@dataclass(frozen=True)
class Asked:
    """A resource that a program asks for."""

    type: str
    """Like `aws:ec2/vpc:Vpc`."""
    inputs: Inputs


@dataclass(frozen=True, kw_only=True)
class Record:
    """All resources of a stack."""

    stack: str
    """Its name, as Pulumi knows it."""
    region: str
    resources: tuple[Asked, ...]

    def of(self, kind: str) -> list[Inputs]:
        """Return the inputs of all resources of a kind, such as `lb/loadBalancer`."""
        return [it.inputs for it in self.resources if it.type.startswith(f"aws:{kind}:")]


def many(inputs: Inputs, key: str) -> list[Inputs]:
    """Return a list of objects; one that is not known yet counts as empty."""
    found = inputs.get(key)
    return [it for it in cast("list[Any]", found) if isinstance(it, dict)] if isinstance(found, list) else []


def one(inputs: Inputs, key: str) -> Inputs:
    """Return an object; one that is not known yet counts as empty."""
    found = inputs.get(key)
    return cast("Inputs", found) if isinstance(found, dict) else {}
