"""Parameters of a request that LocalStack's model of the API does not have.

AWS adds parameters over the years, and LocalStack drops those that its older model does not have, as if they
had not been sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from localstack.aws.api import RequestContext

    from scalable_models_localstack.validation.constraints import Shape

OF_PROTOCOL: Final = ("Action", "Version")
"""Parameters of the protocol `query` itself."""


def unknown_parameters(context: RequestContext, protocol: str, shape: Shape) -> list[str]:
    """Return the names of the parameters of a request that its operation does not have, in order.

    Args:
        context: Request.
        protocol: Protocol of the API; only `query` and `json` are read.
        shape: Input of the operation.
    """
    if protocol == "query":
        names = [
            name for name in cast("Mapping[str, str]", context.request.values) if name not in OF_PROTOCOL
        ]
        return sorted({found for name in names if (found := _unknown_in_form(shape, name.split(".")))})
    if protocol == "json":
        return sorted({*_unknown_in_object(shape, json.loads(context.request.get_data() or b"{}"))})
    return []


def _unknown_in_form(shape: Shape, parts: Sequence[str], path: str = "") -> str | None:
    """Return the first unknown name of a parameter such as `Tags.member.1.Key`; None if it is known."""
    if not parts:
        return None
    first, *rest = parts
    match shape.type_name:
        case "structure":
            members = {
                member.serialization.get("name", name): member for name, member in shape.members.items()
            }
            name = f"{path}.{first}" if path else first
            return _unknown_in_form(members[first], rest, name) if first in members else name
        case "list":
            is_flat = bool(shape.serialization.get("flattened"))
            return _unknown_in_form(shape.member, rest if is_flat else rest[1:], path)
        case _:
            return None


def _unknown_in_object(shape: Shape, value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    match shape.type_name, value:
        case "structure", {**members}:
            for key, each in members.items():
                name = f"{path}.{key}" if path else key
                if key in shape.members:
                    yield from _unknown_in_object(shape.members[key], each, name)
                else:
                    yield name
        case "list", [*elements]:
            for each in elements:
                yield from _unknown_in_object(shape.member, each, path)
        case "map", {**entries}:
            for each in entries.values():
                yield from _unknown_in_object(shape.value, each, path)
        case _:
            return
