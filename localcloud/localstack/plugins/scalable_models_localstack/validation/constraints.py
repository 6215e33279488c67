"""Validation of a request by the constraints of the API's model, in AWS's words.

AWS's model of an API has the range, length, pattern and enumeration of each parameter. AWS checks them all;
moto does not, and botocore only the minima.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from localstack.aws.api import CommonServiceException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel

Shape: TypeAlias = Any
"""Shape of a parameter in a model. botocore has no types for its attributes."""

ERROR_CODES: Final = {
    "json": "ValidationException",
    "query": "ValidationError",
    "smithy-rpc-v2-cbor": "ValidationError",
}
"""Protocol of an API -> code of the error ("Common errors" in the references of AWS WAF, Auto Scaling and
CloudWatch). Other protocols have codes of their own, and are not checked."""

NUMBERS: Final = ("integer", "long", "float", "double")

UNITS: Final = {"string": "length", "list": "length", "map": "length"} | dict.fromkeys(NUMBERS, "value")
"""Type of a parameter -> what its minimum and maximum limit."""


ISSUED: Final = ("LockToken", "NextMarker", "NextToken")
"""Parameters that the API has issued itself. moto's have other forms than AWS's."""


def check_request(operation: OperationModel, protocol: str, request: Mapping[str, Any]) -> None:
    """Check a request by the model of its operation.

    Raises:
        CommonServiceException: it violates a constraint; the message lists all violations.
    """
    shape: Shape | None = cast("Any", operation).input_shape
    if protocol not in ERROR_CODES or shape is None:
        return
    if found := list(violations(shape, request)):
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise CommonServiceException(
            ERROR_CODES[protocol], f"{errors} detected: {'; '.join(found)}", sender_fault=True
        )


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - a value of any type
    """Yield the violations of a shape by a value, such as "Value '4' at 'priority' failed to satisfy ..."."""
    for constraint in _broken(shape, value):
        yield f"Value '{_text(value)}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    if shape.type_name == "structure":
        yield from _of_members(shape, value, path)
    elif shape.type_name == "list":
        for number, each in enumerate(value, start=1):
            yield from violations(shape.member, each, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, each in value.items():
            yield from violations(shape.value, each, f"{path}.{key}.member")


def _of_members(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        given = value.get(name)
        place = f"{path}.{_member_name(name)}" if path else _member_name(name)
        if given is not None and name not in ISSUED:
            yield from violations(member, given, place)
        elif given is None and name in shape.required_members:
            yield f"Value null at '{place}' failed to satisfy constraint: Member must not be null"


def _broken(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401 - a value of any type
    limits: Mapping[str, Any] = shape.metadata
    unit = UNITS.get(shape.type_name)
    if unit is None:
        return
    size = value if unit == "value" else len(value)
    if "min" in limits and size < limits["min"]:
        yield f"have {unit} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"have {unit} less than or equal to {limits['max']}"
    if shape.type_name == "string":
        yield from _broken_by_text(shape, value)


def _broken_by_text(shape: Shape, value: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"satisfy enum value set: [{', '.join(shape.enum)}]"
    pattern: str | None = shape.metadata.get("pattern")
    if pattern is not None and not _matches(pattern, value):
        yield f"satisfy regular expression pattern: {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """Return whether a text matches a pattern; True if its syntax is Java's only."""
    try:
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True


def _member_name(name: str) -> str:
    """Return the name of a parameter as AWS's errors have it, such as `healthCheckPath`."""
    return name[:1].lower() + name[1:]


def _text(value: Any) -> str:  # noqa: ANN401 - a value of any type
    return f"[{', '.join(map(str, cast('list[Any]', value)))}]" if isinstance(value, list) else str(value)
