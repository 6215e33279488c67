"""Resources of the real program, with mocked outputs, in the form that the rules check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rule import Resource
from tests.infra.mock_aws import PROJECT, MockAws

if TYPE_CHECKING:
    from collections.abc import Iterator


def resources_of(recorder: MockAws, stack: str = "test") -> Iterator[Resource]:
    for resource in recorder.resources.values():
        yield Resource(
            type=resource.type, name=resource.name, properties=resource.outputs, project=PROJECT, stack=stack
        )
