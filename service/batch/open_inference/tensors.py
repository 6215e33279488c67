"""Tensors: their data types, and their data in JSON and in Triton's binary form."""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMATS: Final = {
    "FP64": "d",
    "FP32": "f",
    "FP16": "e",
    "INT64": "q",
    "INT32": "i",
    "INT16": "h",
    "INT8": "b",
    "UINT64": "Q",
    "UINT32": "I",
    "UINT16": "H",
    "UINT8": "B",
    "BOOL": "?",
}
"""Data type of fixed size -> format character of `struct`."""

DATATYPES: Final = (*_FORMATS, "BYTES")

_ELEMENT_TYPES: Final[dict[str, Any]] = {
    **{datatype: float | None if datatype.startswith("FP") else int | None for datatype in _FORMATS},
    "BOOL": bool | None,
    "BYTES": str | None,
}
"""Types of the elements in JSON; null is a missing value."""

MAX_DIMENSIONS: Final = 2

_begins_nested: Final = re.compile(rb"\s*\[\s*\[").match

_LENGTH: Final = struct.Struct("<I")
"""Length before each element of BYTES."""


class InferenceError(Exception):
    """An inference request is refused; the message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        """Status code of HTTP."""


class Tensor(msgspec.Struct, kw_only=True):
    """Input tensor of a request."""

    name: str
    shape: list[int]
    datatype: str
    parameters: msgspec.Raw = msgspec.Raw(b"{}")
    data: msgspec.Raw = msgspec.Raw(b"")


def check_tensor(tensor: Tensor) -> None:
    """Check data type and shape.

    Raises:
        InferenceError: One is not supported.
    """
    if tensor.datatype not in DATATYPES:
        _refuse(tensor, f"has datatype {tensor.datatype[:20]}, but must have one of {', '.join(DATATYPES)}")
    if not 1 <= len(tensor.shape) <= MAX_DIMENSIONS or min(tensor.shape) < 0:
        _refuse(tensor, f"must have one or {MAX_DIMENSIONS} dimensions, none of them negative")


def decode_json(tensor: Tensor) -> list[Any]:
    """Return the elements of a tensor whose data is JSON, flat or nested, in row-major order.

    Raises:
        InferenceError: The data does not match the data type or the shape.
    """
    if not bytes(tensor.data):
        _refuse(tensor, "has neither data nor the parameter binary_data_size")
    element = _ELEMENT_TYPES[tensor.datatype]
    # Other numbers need not be decoded; texts may contain commas.
    if tensor.datatype != "BYTES" and bytes(tensor.data).count(b",") != math.prod(tensor.shape) - 1:
        _refuse(tensor, f"has data of another shape than {tensor.shape}")
    is_nested = len(tensor.shape) == MAX_DIMENSIONS and _begins_nested(tensor.data)
    row: Any = list[element]
    form: Any = row
    if is_nested:
        width = tensor.shape[1]
        form = list[Annotated[row, msgspec.Meta(min_length=width, max_length=width)]]
    try:
        decoded: list[Any] = msgspec.json.decode(tensor.data, type=form)
    except (ValueError, RecursionError) as error:
        _refuse(tensor, f"has data that is not {tensor.datatype} of this shape: {error}")
    if is_nested:
        decoded = [value for row in decoded for value in row]
    return _counted(tensor, decoded)


def decode_binary(tensor: Tensor, data: bytes) -> list[Any]:
    """Return the elements of a tensor whose data is binary.

    Raises:
        InferenceError: The data does not match the data type or the shape.
    """
    if tensor.datatype == "BYTES":
        return _counted(tensor, _decode_texts(tensor, data))
    form = _FORMATS[tensor.datatype]
    count = math.prod(tensor.shape)
    if len(data) != count * struct.calcsize(f"<{form}"):
        _refuse(
            tensor, f"has {len(data)} bytes of binary data, which is not {tensor.datatype} {tensor.shape}"
        )
    return list(struct.unpack(f"<{count}{form}", data))


def encode_binary(datatype: str, values: Sequence[Any]) -> bytes:
    """Return the binary data of an output."""
    if datatype == "BYTES":
        texts = [str(value).encode() for value in values]
        return b"".join([_LENGTH.pack(len(text)) + text for text in texts])
    return struct.pack(f"<{len(values)}{_FORMATS[datatype]}", *values)


def _decode_texts(tensor: Tensor, data: bytes) -> list[str]:
    texts: list[str] = []
    start = 0
    while start < len(data):
        end = start + _LENGTH.size
        if end <= len(data):
            start, end = end, end + _LENGTH.unpack_from(data, start)[0]
        if end > len(data):
            _refuse(tensor, "has binary data that ends within an element")
        try:
            texts.append(data[start:end].decode())
        except UnicodeDecodeError:
            _refuse(tensor, "has an element that is not UTF-8")
        start = end
    return texts


def _counted(tensor: Tensor, values: list[Any]) -> list[Any]:
    if len(values) != math.prod(tensor.shape):
        _refuse(tensor, f"has {len(values)} elements, which is not the shape {tensor.shape}")
    return values


def _refuse(tensor: Tensor, reason: str) -> NoReturn:
    raise InferenceError(400, f"The input {tensor.name[:100]!r} {reason}.")
