"""Pulumi project and stack config, read as the Pulumi CLI does but without the CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class StackConfigError(ValueError):
    """Missing or invalid project or stack file."""


@dataclass(frozen=True)
class Project:
    """Pulumi project with the config of one stack, from `Pulumi.yaml` and `Pulumi.<stack>.yaml`."""

    name: str
    program: Path
    """Folder of the program."""
    config: Mapping[str, str]
    """Config values by full key, such as `aws:region`."""


def short_name(stack: str) -> str:
    """Return a stack's own name: the last part of `stack`, `organisation/stack` or with the project between.

    It is also the value of the tag `stack`.
    """
    return stack.rpartition("/")[2]


def stack_file(folder: Path, stack: str) -> Path:
    """Return the file of a stack's config, which has the stack's own name."""
    return folder / f"Pulumi.{short_name(stack)}.yaml"


def read_project(folder: Path, stack: str, overrides: Mapping[str, str]) -> Project:
    """Read a Pulumi project; the stack may be named with its organisation, and with its project.

    The stack's values override the project's defaults, and `overrides` overrides both. Keys without a
    namespace are in the project's, as in the CLI.

    Raises:
        StackConfigError: a file is missing, is not YAML, or is not a mapping.
    """
    project = _read(folder / "Pulumi.yaml")
    name = str(project["name"])
    declared = cast("dict[str, Any]", project.get("config") or {})
    defaults = {key: _default(entry) for key, entry in declared.items()}
    stacked = cast("dict[str, Any]", _read(stack_file(folder, stack)).get("config") or {})
    merged = {
        _full(name, key): _text(value)
        for source in (defaults, stacked, overrides)
        for key, value in source.items()
        if value is not None
    }
    return Project(name=name, program=folder / str(project.get("main", ".")), config=merged)


def _read(file: Path) -> dict[str, Any]:
    try:
        content: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StackConfigError(f"there is no {file.name} in {file.parent}") from None
    except yaml.YAMLError as error:
        raise StackConfigError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise StackConfigError(f"{file.name} is not a mapping")
    return cast("dict[str, Any]", content)


def _default(entry: object) -> object:
    """Return the value or default of a key in `Pulumi.yaml`; None if the stack must set it."""
    if not isinstance(entry, dict):
        return entry
    declaration = cast("dict[str, object]", entry)
    return declaration.get("value", declaration.get("default"))


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: object) -> str:
    """Return a value as the CLI writes it: a string unchanged, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
