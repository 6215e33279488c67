"""Any body of an inference request is answered or refused, and a large one in steps."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.open_inference.inference import EncodedInference, infer_in_steps
from service.batch.open_inference.requests import parse_request, read_rows
from service.batch.open_inference.tensors import (
    DATATYPES,
    InferenceError,
    Tensor,
    check_tensor,
    decode_binary,
    encode_binary,
)
from service.model.definition import Definition
from tests.service.houses import DEFINITION as HOUSES

if TYPE_CHECKING:
    from service.model.feature import Row
    from service.model.registry import Predictors

ROW = [1.4, 0.2, 5.1, 3.5]

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
PARAMETERS = ANY_JSON | st.fixed_dictionaries({"binary_data_size": st.integers(-1, 40) | ANY_JSON})
TENSORS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["pl", "pw", "sl", "sw", "rows"]) | ANY_JSON,
        "shape": st.lists(st.integers(-1, 5) | st.just(2**63), max_size=3) | st.just([1, 4]) | ANY_JSON,
        "datatype": st.sampled_from(DATATYPES) | ANY_JSON,
    },
    optional={"data": ANY_JSON | st.just(ROW) | st.just([ROW]), "parameters": PARAMETERS},
)
REQUESTS = st.fixed_dictionaries(
    {"inputs": st.lists(TENSORS, max_size=5) | ANY_JSON},
    optional={
        "id": st.text() | ANY_JSON,
        "outputs": st.lists(st.fixed_dictionaries({"name": st.sampled_from(["specie", "probabilities"])}))
        | ANY_JSON,
        "parameters": PARAMETERS | st.just({"binary_data_output": True}),
    },
)


def infer(
    predictors: Predictors, body: bytes, json_length: int | None = None
) -> EncodedInference | InferenceError:
    steps = infer_in_steps(body, json_length, predictors.default, 100, lambda _: None)
    try:
        while True:
            next(steps)
    except StopIteration as finished:
        return finished.value
    except InferenceError as refused:
        return refused


def assert_answered_or_refused(result: EncodedInference | InferenceError) -> None:
    assert isinstance(result, EncodedInference) or result.status in {400, 413, 422}


@given(REQUESTS, st.none() | st.binary(max_size=40))
def test_any_request_is_answered_or_refused(predictors: Predictors, request_: Any, data: bytes | None):
    encoded = json.dumps(request_).encode()
    length = None if data is None else len(encoded)
    assert_answered_or_refused(infer(predictors, encoded + (data or b""), length))


@given(st.binary(max_size=200), st.none() | st.integers(0, 300))
def test_any_bytes_are_answered_or_refused(predictors: Predictors, body: bytes, json_length: int | None):
    assert_answered_or_refused(infer(predictors, body, json_length))


@given(st.lists(st.lists(st.floats(0, 100), min_size=4, max_size=4), min_size=1, max_size=20))
def test_each_row_gets_the_label_and_the_probabilities_of_the_model(
    predictors: Predictors, rows: list[list[float]]
):
    tensor = {"name": "rows", "shape": [len(rows), 4], "datatype": "FP64", "data": rows}
    answer = infer(predictors, json.dumps({"inputs": [tensor]}).encode())
    assert isinstance(answer, EncodedInference)
    predictor = predictors.default
    corrected = [predictor.correct(tuple(row)) for row in rows]
    label, probabilities = json.loads(answer.body)["outputs"]
    assert label["data"] == [predictor.predict(row) for row, _ in corrected]
    assert probabilities["data"] == [share for row, _ in corrected for share in predictor.probabilities(row)]
    assert (answer.rows, answer.corrected) == (len(rows), sum(swapped for _, swapped in corrected))


@pytest.mark.parametrize("columns", [False, True])
def test_a_large_request_is_answered_in_steps(predictors: Predictors, *, columns: bool):
    count = 10_000
    named = [
        {"name": name, "shape": [count], "datatype": "FP64", "data": [value] * count}
        for name, value in zip(("pl", "pw", "sl", "sw"), ROW, strict=True)
    ]
    matrix = [{"name": "rows", "shape": [count, 4], "datatype": "FP64", "data": [ROW] * count}]
    body = json.dumps({"inputs": named if columns else matrix}).encode()
    steps = sum(1 for _ in infer_in_steps(body, None, predictors.default, count, lambda _: None))
    assert steps >= 3


# numpy's own encoding, in the byte order of Triton's extension `binary_tensor_data`: little endian.
@pytest.mark.parametrize(
    ("datatype", "numpy_type", "values"),
    [
        ("FP64", "<f8", [-1.5, 1e300]),
        ("FP32", "<f4", [-1.5, 0.25]),
        ("FP16", "<f2", [-1.5, 0.25]),
        ("INT64", "<i8", [-(2**63), 2**63 - 1]),
        ("INT32", "<i4", [-(2**31), 2**31 - 1]),
        ("INT16", "<i2", [-(2**15), 2**15 - 1]),
        ("INT8", "<i1", [-(2**7), 2**7 - 1]),
        ("UINT64", "<u8", [1, 2**64 - 1]),
        ("UINT32", "<u4", [1, 2**32 - 1]),
        ("UINT16", "<u2", [1, 2**16 - 1]),
        ("UINT8", "<u1", [1, 2**8 - 1]),
        ("BOOL", "?", [True, False]),
    ],
)
def test_binary_data_has_the_numbers_of_its_type(datatype: str, numpy_type: str, values: list[Any]):
    data = np.array(values, dtype=numpy_type).tobytes()
    assert decode_binary(Tensor(name="x", shape=[2], datatype=datatype), data) == values
    assert encode_binary(datatype, values) == data
    for wrong in (data[:-1], data + b"\0"):
        with pytest.raises(InferenceError, match="binary data"):
            decode_binary(Tensor(name="x", shape=[2], datatype=datatype), wrong)


# Each element of BYTES has its length before it, in four bytes.
def test_binary_texts_have_their_lengths():
    data = b"\x02\0\0\0\xc3\xb1\0\0\0\0"
    tensor = Tensor(name="x", shape=[2], datatype="BYTES")
    assert decode_binary(tensor, data) == ["ñ", ""]
    assert encode_binary("BYTES", ["ñ", ""]) == data
    for wrong in (data[:-1], data[:4], data + data, b"\x02\0\0\0\xc3\x28\0\0\0\0"):
        with pytest.raises(InferenceError):
            decode_binary(tensor, wrong)


@pytest.mark.parametrize(
    ("shape", "is_valid"),
    [([2], True), ([0], True), ([2, 2], True), ([], False), ([1, 1, 1], False), ([-1, 4], False)],
)
def test_a_tensor_has_one_or_two_dimensions(shape: list[int], *, is_valid: bool):
    tensor = Tensor(name="x", shape=shape, datatype="FP64")
    if is_valid:
        check_tensor(tensor)
        return
    with pytest.raises(InferenceError, match="dimensions"):
        check_tensor(tensor)


def columns(definition: Definition, **tensors: list[Any]) -> list[Row]:
    """Return the rows of a request with a tensor for each feature, of 100 rows at most."""
    names = list(tensors)
    inputs = [
        {"name": name, "shape": [len(data), 1], "datatype": "FP64", "data": data}
        for name, data in tensors.items()
    ]
    body = json.dumps({"inputs": inputs}).encode()
    request = parse_request(body, None, features=len(names), available=["price"])
    steps = read_rows(request, definition, 100, lambda _: None)
    try:
        while True:
            next(steps)
    except StopIteration as finished:
        return finished.value


def test_only_a_feature_that_may_be_missing_needs_no_tensor():
    features = [
        {
            "name": name,
            "short_name": name,
            "type": "number",
            "minimum": 0,
            "maximum": 10,
            "optional": optional,
        }
        for name, optional in (("a", False), ("b", True))
    ]
    definition = Definition({**HOUSES, "features": features})
    assert columns(definition, a=[1, 2], b=[3, 4]) == [(1, 3), (2, 4)]
    (row,) = columns(definition, a=[1])
    assert (row[0], math.isnan(row[1])) == (1, True)
    for tensors in ({"b": [1]}, {"a": [1], "c": [1]}, {"a": [1, 2], "b": [1]}):
        with pytest.raises(InferenceError) as refused:
            columns(definition, **tensors)
        assert refused.value.status == 400


def test_a_request_has_one_row_at_least_and_the_limit_at_most():
    definition = Definition({**HOUSES, "features": HOUSES["features"][:1]})
    assert len(columns(definition, area=[80.5] * 100)) == 100
    for data, status in (([], 400), ([80.5] * 101, 413)):
        with pytest.raises(InferenceError) as refused:
            columns(definition, area=data)
        assert refused.value.status == status


def test_the_first_three_wrong_values_are_named_with_their_rows():
    definition = Definition({**HOUSES, "features": HOUSES["features"][:1]})
    with pytest.raises(InferenceError) as refused:
        columns(definition, area=[80.5, 9, 80.5, 1001, None, 8])
    assert str(refused.value) == (
        "Row 2: area is 9.0, but must be a number from 10 to 1000. "
        "Row 4: area is 1001.0, but must be a number from 10 to 1000. "
        "Row 5: area is null, but must be a number from 10 to 1000."
    )
    assert refused.value.status == 422


# The protocol's `id` is optional, and only the client's.
@pytest.mark.parametrize(
    ("given", "answered"), [({}, {}), ({"id": "a"}, {"id": "a"}), ({"id": ""}, {"id": ""})]
)
def test_a_response_has_the_id_of_its_request_or_none(
    predictors: Predictors, given: dict[str, str], answered: dict[str, str]
):
    tensor = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "data": ROW}
    answer = infer(predictors, json.dumps({"inputs": [tensor], **given}).encode())
    assert isinstance(answer, EncodedInference)
    content = json.loads(answer.body)
    assert {name: content[name] for name in content.keys() & {"id"}} == answered
    assert content["model_name"] == predictors.default.name
    assert content["model_version"] == predictors.default.version
    assert [output["shape"] for output in content["outputs"]] == [[1], [1, 3]]
    assert (answer.json_length, answer.rows, answer.corrected) == (None, 1, 0)


@pytest.mark.parametrize(
    ("parameters", "requested", "binary"),
    [
        ({}, None, []),
        ({"binary_data_output": True}, None, ["specie", "probabilities"]),
        ({"binary_data_output": "true"}, None, []),
        ({}, {"probabilities": {"binary_data": True}}, ["probabilities"]),
        (
            {"binary_data_output": True},
            {"specie": {"binary_data": False}, "probabilities": {}},
            ["probabilities"],
        ),
    ],
)
def test_an_output_is_binary_as_it_asks_itself_or_as_all_do(
    predictors: Predictors,
    parameters: dict[str, object],
    requested: dict[str, dict[str, object]] | None,
    binary: list[str],
):
    tensor = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "data": ROW}
    outputs = [{"name": name, "parameters": own} for name, own in (requested or {}).items()]
    content = {"inputs": [tensor], "parameters": parameters} | ({"outputs": outputs} if outputs else {})
    answer = infer(predictors, json.dumps(content).encode())
    assert isinstance(answer, EncodedInference)
    documents = json.loads(answer.body[: answer.json_length])["outputs"]
    assert [document["name"] for document in documents] == list(requested or ("specie", "probabilities"))
    assert [document["name"] for document in documents if "data" not in document] == binary
    sizes = [document["parameters"]["binary_data_size"] for document in documents if "data" not in document]
    assert sum(sizes) == len(answer.body) - (answer.json_length or len(answer.body))


def test_two_inputs_of_one_name_and_more_data_than_the_inputs_have_are_refused(predictors: Predictors):
    tensor = {"name": "pl", "shape": [1], "datatype": "FP64", "data": [1]}
    binary = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "parameters": {"binary_data_size": 32}}
    for inputs, more, reason in (
        ([tensor, tensor], None, "Two inputs have the same name."),
        ([binary], bytes(33), "The body has more binary data than its inputs have."),
        ([binary], bytes(31), "A binary_data_size is not the length of data"),
        ([tensor] * 5, None, "The request has more inputs than the model, which has 4."),
    ):
        encoded = json.dumps({"inputs": inputs}).encode()
        refused = infer(predictors, encoded + (more or b""), len(encoded) if more else None)
        assert isinstance(refused, InferenceError)
        assert (refused.status, reason in str(refused)) == (400, True), refused
