"""What the program asks for, by the names that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.program import recording
from scripts.program.run import DEFAULT_REGION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One resource."""

    type: str
    """Like `aws:s3/bucket:Bucket`."""
    name: str
    inputs: dict[str, Any]

    @property
    def arn(self) -> str:
        """What stands for its ARN in the inputs of others."""
        return f"arn:{self.name}"

    @property
    def id(self) -> str:
        """What stands for its id in the inputs of others."""
        return f"{self.name}-id"

    def block(self, key: str) -> dict[str, Any]:
        """Give an input that is a block of others; an empty one where it is missing."""
        found: dict[str, Any] | None = self.inputs.get(key)
        return found or {}


@dataclass(frozen=True, kw_only=True)
class Program:
    """All of them."""

    region: str
    resources: tuple[Asked, ...]

    def of(self, kind: str) -> list[Asked]:
        """Give the resources of a kind such as `lb/listener`, by their names."""
        found = [asked for asked in self.resources if asked.type.startswith(f"aws:{kind}:")]
        return sorted(found, key=lambda asked: asked.name)

    def first(self, kind: str) -> Asked | None:
        """Give the only resource of a kind, or None."""
        return next(iter(self.of(kind)), None)


def run(folder: Path, stack: str, settings: Sequence[str]) -> Program:
    """Run the program under mocks, in a process of its own.

    Args:
        folder: of the Pulumi project.
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, before what the stack's file says.

    Raises:
        ProgramError: the program refuses its configuration.
    """
    content = recording.recorded(folder, stack, settings, DEFAULT_REGION)
    resources = tuple(
        Asked(type=it["type"], name=it["name"], inputs=it["inputs"]) for it in content["resources"]
    )
    return Program(region=content["region"], resources=resources)
