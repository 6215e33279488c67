"""Inference requests: their JSON, the binary data behind it, and the rows in their tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from service.batch.limits import Pace
from service.batch.open_inference.tensors import (
    MAX_DIMENSIONS,
    InferenceError,
    Tensor,
    check_tensor,
    decode_binary,
    decode_json,
)
from service.http.agreement import noun_for
from service.http.input_echo import echo
from service.model.feature import FeatureValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from service.model.definition import Definition
    from service.model.feature import Feature, Row

MAX_PARAMETERS_BYTES: Final = 4_096
"""Maximum size of an object of parameters, which are read without a pause."""

Decoded = TypeVar("Decoded")

MAX_NAMED_VALUES: Final = 3
"""Maximum number of wrong values that an error names."""


class _Output(msgspec.Struct, kw_only=True):
    name: str
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class _Content(msgspec.Struct, kw_only=True):
    inputs: msgspec.Raw
    id: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"{}")
    outputs: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceRequest:
    """Request for an inference, with its tensors still encoded."""

    id: str | None
    outputs: dict[str, bool]
    """Name of each requested output -> whether its data is to be binary, in the order of the response."""
    tensors: list[tuple[Tensor, bytes | None]]
    """Each input, with its data if that is binary."""


def parse_request(
    body: bytes, json_length: int | None, *, features: int, available: Sequence[str]
) -> InferenceRequest:
    """Parse the body of a request.

    Args:
        body: JSON, followed by binary data.
        json_length: Length of the JSON by the header `Inference-Header-Content-Length`; None without it.
        features: Number of the model's features.
        available: Names of the model's outputs.

    Raises:
        InferenceError: It is malformed, or requests what the model or this service does not have.
    """
    length = len(body) if json_length is None else json_length
    if length > len(body):
        raise InferenceError(400, "Inference-Header-Content-Length is more than the length of the body.")
    content = _decode_as(_Content, body[:length])
    inputs = _decode_list(Tensor, content.inputs, "inputs", features)
    if len({tensor.name for tensor in inputs}) < len(inputs):
        raise InferenceError(400, "Two inputs have the same name.")
    return InferenceRequest(
        id=content.id,
        outputs=_requested_outputs(content, available),
        tensors=_with_binary_data(inputs, body[length:]),
    )


def _decode_as(kind: type[Decoded], encoded: bytes | msgspec.Raw) -> Decoded:
    try:
        return msgspec.json.decode(encoded, type=kind)
    except (ValueError, RecursionError) as error:
        raise InferenceError(400, f"The body is not an inference request: {error}.") from error


def _decode_list(kind: type[Decoded], encoded: msgspec.Raw, key: str, maximum: int) -> list[Decoded]:
    """Decode a list; its elements only if it has no more than allowed, as that takes time for each."""
    elements: list[Any] = _decode_as(list[msgspec.Raw], encoded)
    if len(elements) > maximum:
        raise InferenceError(400, f"The request has more {key} than the model, which has {maximum}.")
    return [_decode_as(kind, element) for element in elements]


def _requested_outputs(content: _Content, available: Sequence[str]) -> dict[str, bool]:
    by_default = _parameters(content.parameters).get("binary_data_output") is True
    if bytes(content.outputs) == b"null":
        return dict.fromkeys(available, by_default)
    requested: dict[str, bool] = {}
    for output in _decode_list(_Output, content.outputs, "outputs", len(available)):
        if output.name not in available:
            raise InferenceError(
                400, f"There is no output {output.name[:100]!r}. Available: {', '.join(available)}."
            )
        parameters = _parameters(output.parameters)
        for extension in ("classification", "shared_memory_region"):
            if extension in parameters:
                raise InferenceError(400, f"The extension of the parameter {extension} is not supported.")
        requested[output.name] = parameters.get("binary_data", by_default) is True
    if not requested:
        raise InferenceError(400, "The list of outputs is empty; without it, all outputs are returned.")
    return requested


def _with_binary_data(inputs: list[Tensor], binary: bytes) -> list[tuple[Tensor, bytes | None]]:
    tensors: list[tuple[Tensor, bytes | None]] = []
    start = 0
    for tensor in inputs:
        check_tensor(tensor)
        size = _parameters(tensor.parameters).get("binary_data_size")
        if size is None:
            tensors.append((tensor, None))
            continue
        if not isinstance(size, int) or not 0 <= size <= len(binary) - start:
            raise InferenceError(
                400, "A binary_data_size is not the length of data after the JSON of the request."
            )
        tensors.append((tensor, binary[start : start + size]))
        start += size
    if start != len(binary):
        raise InferenceError(400, "The body has more binary data than its inputs have.")
    return tensors


def _parameters(raw: msgspec.Raw) -> dict[str, Any]:
    encoded = bytes(raw)
    if len(encoded) > MAX_PARAMETERS_BYTES:
        raise InferenceError(413, f"An object of parameters has more than {MAX_PARAMETERS_BYTES} bytes.")
    try:
        return msgspec.json.decode(encoded, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise InferenceError(400, "The parameters are not an object.") from error


def read_rows(
    request: InferenceRequest,
    definition: Definition,
    max_rows: int,
    on_out_of_range: Callable[[str], object],
) -> Generator[None, None, list[Row]]:
    """Return the rows in the tensors of a request, yielding between steps.

    Raises:
        InferenceError: The tensors are not those of the model, have too many rows, or a value that is not
            allowed.
    """
    rows: list[Row] = []
    wrong: list[str] = []
    pace = Pace()
    given_rows = yield from _given_rows(request, definition, max_rows)
    for given in given_rows:
        values: list[float] = []
        for feature, value in zip(definition.features, given, strict=True):
            known = _known(value, feature)
            try:
                values.append(feature.parse(known))
            except FeatureValueError:
                place = f"Row {len(rows) + 1}: {feature.short_name}"
                wrong.append(f"{place} is {echo(value)}, but must be {feature.allowed}.")
                if feature.is_out_of_range(known):
                    on_out_of_range(feature.short_name)
                values.append(0.0)
        rows.append(tuple(values))
        if len(wrong) >= MAX_NAMED_VALUES:
            break
        if pace.is_pause_due():
            yield
            pace.resume()
    if wrong:
        raise InferenceError(422, " ".join(wrong[:MAX_NAMED_VALUES]))
    return rows


def _known(value: object, feature: Feature) -> object:
    """Return a value as a JSON request would have it: null for NaN, and no boolean."""
    if isinstance(value, bool):
        return ("true" if value else "false") if feature.levels else int(value)
    return None if value != value else value  # noqa: PLR0124 (NaN)


def _given_rows(
    request: InferenceRequest, definition: Definition, max_rows: int
) -> Generator[None, None, Iterable[Sequence[Any]]]:
    names, tensors = definition.short_names, request.tensors
    by_name = {tensor.name: (tensor, data) for tensor, data in tensors}
    if len(tensors) == 1 and not _is_column(tensors[0][0], names):
        tensor, data = tensors[0]
        if len(tensor.shape) != MAX_DIMENSIONS or tensor.shape[1] != len(names):
            raise InferenceError(400, _expected(definition))
        _check_count(tensor.shape[0], max_rows)
        values = _decode(tensor, data)
        width = len(names)
        return (values[start : start + width] for start in range(0, len(values), width))
    optional = {feature.short_name for feature in definition.features if feature.optional}
    counts = {tensor.shape[0] for tensor, _ in tensors if tensor.shape[1:] in ([], [1])}
    if (
        not set(names) - optional <= by_name.keys() <= set(names)
        or len(counts) != 1
        or any(tensor.shape[1:] not in ([], [1]) for tensor, _ in tensors)
    ):
        raise InferenceError(400, _expected(definition))
    (count,) = counts
    _check_count(count, max_rows)
    columns: list[list[Any]] = []
    for name in names:
        columns.append(_decode(*by_name[name]) if name in by_name else [None] * count)
        yield
    return zip(*columns, strict=True)


def _is_column(tensor: Tensor, names: Sequence[str]) -> bool:
    """Return whether a tensor has the values of one feature; all others may be missing."""
    return tensor.name in names and tensor.shape[1:] in ([], [1])


def _decode(tensor: Tensor, data: bytes | None) -> list[Any]:
    return decode_json(tensor) if data is None else decode_binary(tensor, data)


def _check_count(count: int, max_rows: int) -> None:
    if count > max_rows:
        raise InferenceError(413, f"The request has more than {max_rows} {noun_for(max_rows, 'row')}.")
    if not count:
        raise InferenceError(400, "The request has no row.")


def _expected(definition: Definition) -> str:
    width = len(definition.short_names)
    return (
        f"The inputs must be one tensor of shape [rows, {width}] with the features in this order, or one of "
        f"shape [rows, 1] for each: {', '.join(definition.short_names)}."
    )
