"""Inference: the outputs of a model for the rows of a request, and their encoding."""

from __future__ import annotations

import operator
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from service.batch.classify import FIRST_PIECE_FLOWERS, MAX_PIECE_FLOWERS
from service.batch.limits import STEP_SECONDS, Pace
from service.batch.open_inference.requests import InferenceRequest, parse_request, read_rows
from service.batch.open_inference.tensors import encode_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from service.model.feature import Row
    from service.model.registry import Predictor

PROBABILITIES: Final = "probabilities"
"""Name of the output with the probability of each class, in the order of the classes."""


class OutputTensor(NamedTuple):
    """Output of a model."""

    name: str
    datatype: str
    width: int | None
    """Length of the second dimension; None without one."""


class EncodedInference(NamedTuple):
    """Encoded response to an inference request."""

    body: bytes
    json_length: int | None
    """Length of the JSON at the start of the body if binary data follows it, otherwise None."""
    rows: int
    corrected: int
    """Number of rows that the hook has corrected."""


def output_tensors(predictor: Predictor) -> list[OutputTensor]:
    """Return the outputs of a model: the class and the probabilities, or the value of a regression."""
    definition = predictor.definition
    if not predictor.classes:
        return [OutputTensor(definition.response_key, "FP64", None)]
    return [
        OutputTensor(definition.response_key, "BYTES", None),
        OutputTensor(PROBABILITIES, "FP64", len(predictor.classes)),
    ]


def infer_in_steps(
    body: bytes,
    json_length: int | None,
    predictor: Predictor,
    max_rows: int,
    on_out_of_range: Callable[[str], object],
) -> Generator[None, None, EncodedInference]:
    """Answer a request, yielding between steps so that an event loop can serve other requests.

    Raises:
        InferenceError: The request is refused.
    """
    available = {output.name: output for output in output_tensors(predictor)}
    features = len(predictor.definition.features)
    request = parse_request(body, json_length, features=features, available=list(available))
    yield
    rows = yield from read_rows(request, predictor.definition, max_rows, on_out_of_range)
    corrected = 0
    if predictor.hook:
        given, rows = rows, (yield from _in_pieces(_corrected, predictor, rows))
        corrected = sum(map(operator.is_not, given, rows))
    computed: dict[str, list[Any]] = {}
    for name in request.outputs:
        compute = _probabilities if name == PROBABILITIES else _answers
        computed[name] = yield from _in_pieces(compute, predictor, rows)
    yield
    outputs = [(available[name], values) for name, values in computed.items()]
    encoded, length = _encode(request, predictor, len(rows), outputs)
    return EncodedInference(encoded, length, len(rows), corrected)


def _corrected(predictor: Predictor, rows: list[Row]) -> list[Any]:
    return [predictor.correct(row)[0] for row in rows]


def _answers(predictor: Predictor, rows: list[Row]) -> list[Any]:
    return [*predictor.predict_many(rows)]


def _probabilities(predictor: Predictor, rows: list[Row]) -> list[Any]:
    return [probability for row in rows for probability in predictor.probabilities(row)]


def _in_pieces(
    compute: Callable[[Predictor, list[Row]], list[Any]], predictor: Predictor, rows: list[Row]
) -> Generator[None, None, list[Any]]:
    values: list[Any] = []
    pace = Pace()
    start, size = 0, FIRST_PIECE_FLOWERS
    while start < len(rows):
        if pace.is_pause_due():
            yield
            pace.resume()
        started = perf_counter()
        values += compute(predictor, rows[start : start + size])
        start += size
        took = perf_counter() - started
        if took < STEP_SECONDS / 4:
            size = min(2 * size, MAX_PIECE_FLOWERS)
        elif took > STEP_SECONDS:
            size = max(size // 2, 1)
    return values


def _encode(
    request: InferenceRequest, predictor: Predictor, rows: int, outputs: list[tuple[OutputTensor, list[Any]]]
) -> tuple[bytes, int | None]:
    documents: list[dict[str, Any]] = []
    binary: list[bytes] = []
    for output, values in outputs:
        document: dict[str, Any] = {
            "name": output.name,
            "datatype": output.datatype,
            "shape": [rows] if output.width is None else [rows, output.width],
        }
        if request.outputs[output.name]:
            binary.append(encode_binary(output.datatype, values))
            document["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            document["data"] = values
        documents.append(document)
    content = {
        "model_name": predictor.name,
        "model_version": predictor.version,
        **({} if request.id is None else {"id": request.id}),
        "outputs": documents,
    }
    encoded = msgspec.json.encode(content)
    return b"".join([encoded, *binary]), len(encoded) if binary else None
