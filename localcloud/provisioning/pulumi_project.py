"""A stack's config as the Pulumi CLI would hand it to the program, read without the CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class StackConfigError(ValueError):
    """The project's or the stack's file can't be used."""


@dataclass(frozen=True)
class Project:
    """What `Pulumi.yaml` and `Pulumi.<stack>.yaml` say."""

    name: str
    program: Path
    """Folder of the program."""
    config: Mapping[str, str]
    """Every value by its full key, such as `aws:region`."""


def read_project(folder: Path, stack: str, overrides: Mapping[str, str]) -> Project:
    """Read a Pulumi project.

    The stack's values come before the project's defaults, and `overrides` before both. Keys without a
    namespace are the project's own, as in the CLI.

    Raises:
        StackConfigError: a file is missing or is no mapping.
    """
    project = _read(folder / "Pulumi.yaml")
    name = str(project["name"])
    declared = cast("dict[str, Any]", project.get("config") or {})
    defaults = {key: _default(entry) for key, entry in declared.items()}
    stacked = cast("dict[str, Any]", _read(folder / f"Pulumi.{stack}.yaml").get("config") or {})
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
        raise StackConfigError(f"{file.name} is no mapping")
    return cast("dict[str, Any]", content)


def _default(entry: object) -> object:
    """Return what a key of `Pulumi.yaml` is unless the stack says otherwise; None if it must be given."""
    if not isinstance(entry, dict):
        return entry
    described = cast("dict[str, object]", entry)
    return described.get("value", described.get("default"))


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: object) -> str:
    """Write a value as the CLI does: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
