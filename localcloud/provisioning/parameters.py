"""Conversion of a Pulumi resource's inputs to the parameters of an AWS API call, based on botocore's models.

pulumi-aws names its inputs after Terraform's, which follow the API: `targetGroupArn`, `TargetGroupArn`. Most
inputs match a parameter in botocore's model by name; a mapping covers the rest. An input without a parameter
is an error, so that none is silently ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class UnknownInputError(ValueError):
    """Input without a parameter in the API call."""


@dataclass(frozen=True)
class InputMapping:
    """Differences between inputs and parameters that the models do not contain."""

    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    """Dotted path of an input, such as `launchTemplate.id` -> name of the API parameter."""
    convert: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, "Callable[[Any], Any]"])
    """Dotted path of an input -> conversion of its value, where the parameter's type is not sufficient."""


def to_parameters(shape: Shape, value: object, mapping: InputMapping, path: str = "") -> Any:  # noqa: ANN401 - JSON
    """Convert a Pulumi input, or a part of it, to an API parameter.

    Args:
        shape: botocore's model of the parameter.
        value: JSON as serialised by Pulumi: camelCase keys, all numbers floats.
        mapping: renamed and converted inputs, by path.
        path: dotted path of the value in the inputs, without list indices.

    Raises:
        UnknownInputError: an input has no parameter; the message names its path.
    """
    if path in mapping.convert:
        return mapping.convert[path](value)
    match shape, value:
        case StructureShape(), dict():
            return _structure(shape, cast("dict[str, Any]", value), mapping, path)
        case ListShape(), dict():
            return _tags(cast("dict[str, str]", value))
        case ListShape(), list():
            return [to_parameters(shape.member, item, mapping, path) for item in cast("list[object]", value)]
        case MapShape(), dict():
            return cast("dict[str, Any]", value)
        case _:
            return _scalar(shape.type_name, value)


def _structure(
    shape: StructureShape, value: dict[str, Any], mapping: InputMapping, path: str
) -> dict[str, Any]:
    members = {_normalize(name): name for name in shape.members}
    result: dict[str, Any] = {}
    for key, item in value.items():
        item_path = f"{path}.{key}" if path else key
        name = _normalize(mapping.rename.get(item_path, key))
        if name not in members:
            raise UnknownInputError(f"the input {item_path!r} has no parameter in the API's {shape.name}")
        result[members[name]] = to_parameters(shape.members[members[name]], item, mapping, item_path)
    return result


def _tags(value: dict[str, str]) -> list[dict[str, str]]:
    """Convert a mapping to AWS's list of tags."""
    return [{"Key": key, "Value": item} for key, item in value.items()]


def _scalar(type_name: str, value: object) -> object:
    """Convert a number, boolean or string to the API's type; Terraform uses strings for some of them."""
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


def _normalize(name: str) -> str:
    return name.replace("_", "").lower()
