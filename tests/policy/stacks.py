"""Stacks as the rules see them: the real program's resources, with what the recorder answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rule import Resource
from tests.infra.recorder import PROJECT, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator


def resources_of(recorder: Recorder, stack: str = "test") -> Iterator[Resource]:
    for asked in recorder.made.values():
        yield Resource(
            type=asked.type, name=asked.name, properties=asked.outputs, project=PROJECT, stack=stack
        )
