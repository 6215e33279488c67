"""Resources that a stack requests, as its Pulumi program or a preview lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

Inputs: TypeAlias = "dict[str, Any]"
"""Inputs of a resource, by their names in the provider's schema; Pulumi gives them no types."""

DEFAULT_REGION: Final = "us-east-1"
"""Region where neither the configuration of a stack nor the environment names one."""


class StackError(RuntimeError):
    """Error for a stack whose resources can't be listed or priced; the text says why."""


@dataclass(frozen=True, kw_only=True)
class RequestedResource:
    """Resource that a stack requests."""

    type: str
    """Like `aws:ec2/vpc:Vpc`."""
    name: str
    """Its logical name in the program."""
    inputs: Inputs

    @property
    def arn(self) -> str:
        """ARN that the mocks of `mock_run` give it, as the inputs of other resources contain it."""
        return f"arn:{self.name}"


@dataclass(frozen=True, kw_only=True)
class StackResources:
    """All resources of a stack, except components."""

    stack: str
    """Name of the stack, without organisation and project."""
    region: str
    resources: tuple[RequestedResource, ...]
    encrypted: tuple[str, ...] = ()
    """Keys of the configuration that Pulumi does not decrypt here, and which have their defaults."""

    def of_type(self, kind: str) -> list[RequestedResource]:
        """Return the resources of a type such as `lb/loadBalancer`, sorted by name."""
        found = [it for it in self.resources if it.type.startswith(f"aws:{kind}:")]
        return sorted(found, key=lambda it: it.name)

    def inputs_of(self, kind: str) -> list[Inputs]:
        """Return the inputs of all resources of a type."""
        return [it.inputs for it in self.of_type(kind)]


def blocks(inputs: Inputs, key: str) -> list[Inputs]:
    """Return a list of nested blocks; one whose value is not known yet counts as empty."""
    value = inputs.get(key)
    return [it for it in cast("list[Any]", value) if isinstance(it, dict)] if isinstance(value, list) else []


def block(inputs: Inputs, key: str) -> Inputs:
    """Return a nested block; one that is missing or not known yet counts as empty."""
    value = inputs.get(key)
    return cast("Inputs", value) if isinstance(value, dict) else {}
