"""From the inputs of a Pulumi resource to the parameters of an AWS API call, by the API's own description.

pulumi-aws names its inputs after Terraform's, and those are the API's: `targetGroupArn`, `TargetGroupArn`.
botocore ships a model of each call: most inputs find their parameter by name, and a table says the rest.
An input that finds none is an error: nothing is left out silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class UnknownInputError(ValueError):
    """An input has no parameter in the API call."""


@dataclass(frozen=True)
class Names:
    """What the models cannot tell."""

    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    """Dotted path of an input, such as `launchTemplate.id` -> the parameter's name in the API."""
    convert: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, "Callable[[Any], Any]"])
    """Dotted path of an input -> how its value is written in the API, where the type alone does not say."""


def parameters(shape: Shape, value: object, names: Names, path: str = "") -> Any:  # noqa: ANN401 - JSON
    """Write `value`, a Pulumi input (whole or in part), as the API's `shape` wants it.

    Args:
        shape: the model of what is expected here.
        value: JSON as Pulumi serialises it: camelCase keys, all numbers floats.
        names: renamings and conversions by path.
        path: where in the inputs we are; list items add nothing to it.

    Raises:
        UnknownInputError: an input has no counterpart; the message names its path.
    """
    if path in names.convert:
        return names.convert[path](value)
    match shape, value:
        case StructureShape(), dict():
            return _structure(shape, cast("dict[str, Any]", value), names, path)
        case ListShape(), dict():
            return _tags(cast("dict[str, str]", value))
        case ListShape(), list():
            return [parameters(shape.member, item, names, path) for item in cast("list[object]", value)]
        case MapShape(), dict():
            return cast("dict[str, Any]", value)
        case _:
            return _scalar(shape.type_name, value)


def _structure(shape: StructureShape, value: dict[str, Any], names: Names, path: str) -> dict[str, Any]:
    members = {_bare(name): name for name in shape.members}
    result: dict[str, Any] = {}
    for key, item in value.items():
        inner = f"{path}.{key}" if path else key
        wanted = names.rename.get(inner, key)
        if _bare(wanted) not in members:
            raise UnknownInputError(f"the input {inner!r} has no parameter in the API's {shape.name}")
        member = members[_bare(wanted)]
        result[member] = parameters(shape.members[member], item, names, inner)
    return result


def _tags(value: dict[str, str]) -> list[dict[str, str]]:
    """Write a mapping as the list of keys and values that AWS uses for tags."""
    return [{"Key": key, "Value": item} for key, item in value.items()]


def _scalar(type_name: str, value: object) -> object:
    """Write a number, flag or text in the type that the API wants; Terraform has texts for some of them."""
    match type_name, value:
        case "boolean", str():
            return value == "true"
        case "integer" | "long", str() | float():
            return int(value)
        case "double" | "float", str() | int():
            return float(value)
        case "string", bool():
            return str(value).lower()
        case "string", float():
            return f"{value:g}"
        case _:
            return value


def _bare(name: str) -> str:
    return name.replace("_", "").lower()
