"""Pulumi project and stack config, read as the Pulumi CLI does but without the CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import yaml
from yaml.reader import ReaderError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
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


PROVIDERS: Final = ("aws", "pulumi")
"""Namespaces of the config that the provider and the engine read."""


def stack_file(folder: Path, stack: str) -> Path:
    """Return the file of a stack's config, which has the stack's own name."""
    return folder / f"Pulumi.{short_name(stack)}.yaml"


def read_project(folder: Path, stack: str, overrides: Mapping[str, str]) -> Project:
    """Read a Pulumi project; the stack may be named with its organisation, and with its project.

    The stack's values override the project's defaults, and `overrides` overrides both. Keys without a
    namespace are in the project's, as in the CLI.

    Raises:
        StackConfigError: a file is missing, is not YAML, or is not a mapping; or an override is of no program
            that reads it.
    """
    project = _read(folder / "Pulumi.yaml")
    name = str(project["name"])
    _check_namespaces(overrides, {name, *PROVIDERS})
    declared = cast("dict[object, Any]", project.get("config") or {})
    defaults = {key: _default(entry) for key, entry in declared.items()}
    stacked = cast("dict[object, Any]", _read(stack_file(folder, stack)).get("config") or {})
    merged = {
        _full(name, key): _text(value)
        for source in (defaults, stacked, overrides)
        for key, value in source.items()
        if value is not None
    }
    return Project(name=name, program=folder / str(project.get("main", ".")), config=merged)


def _check_namespaces(overrides: Mapping[str, str], known: Collection[str]) -> None:
    """Check that each override is read: a mistaken namespace would hide it without a word."""
    for key in overrides:
        namespace, colon, short = key.partition(":")
        if colon and namespace not in known:
            raise StackConfigError(f"{key} is not a key: did you mean {short}?")


def changed_settings(started: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Return a clause for each setting whose value differs, in the order of the keys."""
    return [
        f"{key.rpartition(':')[2]}={present.get(key, '')} (it was {started.get(key, 'not set')})"
        for key in sorted(started.keys() | present.keys())
        if started.get(key) != present.get(key)
    ]


def _read(file: Path) -> dict[str, Any]:
    try:
        # YAML detects UTF-8 and UTF-16, with and without a byte order mark, as Pulumi's own reader does.
        content: object = _parse(file.read_bytes())
    except FileNotFoundError:
        raise StackConfigError(f"there is no {file.name} in {file.parent}") from None
    except OSError as error:
        raise StackConfigError(f"{file.name} can't be read: {error.strerror}") from None
    except ReaderError as error:
        reason = f"byte {error.position} is not valid {error.encoding}"
        raise StackConfigError(f"{file.name} can't be read: {reason}; save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise StackConfigError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from None
    content = {} if content is None else content
    if not isinstance(content, dict):
        raise StackConfigError(f"{file.name} is not a mapping")
    document = cast("dict[object, Any]", content)
    if not isinstance(document.get("config") or {}, dict):
        raise StackConfigError(f"config in {file.name} is not a mapping of keys and values")
    return {str(key): value for key, value in document.items()}


def _parse(text: bytes) -> object:
    """Return the content of a YAML document, read by libyaml, which takes a tenth of the time."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return yaml.safe_load(text)  # whose errors show the line


def _default(entry: object) -> object:
    """Return the value or default of a key in `Pulumi.yaml`; None if the stack must set it."""
    if not isinstance(entry, dict):
        return entry
    declaration = cast("dict[str, object]", entry)
    return declaration.get("value", declaration.get("default"))


def _full(project: str, key: object) -> str:
    key = str(key)  # a key may look like a number
    return key if ":" in key else f"{project}:{key}"


def _text(value: object) -> str:
    """Return a value as the CLI writes it: a string unchanged, any other value as JSON."""
    if isinstance(value, date):
        return value.isoformat()  # which YAML has made of an unquoted date
    return value if isinstance(value, str) else json.dumps(value, default=str)
