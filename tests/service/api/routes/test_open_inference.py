"""The Open Inference Protocol over HTTP, as its specification and Triton's binary extension have it."""

from __future__ import annotations

import json
import struct
from copy import copy
from typing import TYPE_CHECKING, Any

import pytest

from service import __version__
from service.app import create_app
from service.model.registry import Predictors
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp

MODEL = "/v2/models/iris-forest"
INFER = f"{MODEL}/infer"
ROWS = [[1.4, 0.2, 5.1, 3.5], [6.0, 2.5, 6.3, 3.3]]
SPECIES = ["Iris Setosa", "Iris Virginica"]
NAMES = ["pl", "pw", "sl", "sw"]
LABEL = [{"name": "specie"}]


def tensor(**changed: Any) -> dict[str, Any]:
    return {"name": "rows", "shape": [2, 4], "datatype": "FP64", "data": ROWS} | changed


def infer(client: httpx.Client, *inputs: dict[str, Any], **request: Any) -> httpx.Response:
    return client.post(INFER, json={"inputs": inputs} | request)


def outputs(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    return {output["name"]: output["data"] for output in response.json()["outputs"]}


def test_the_server_says_what_it_is_and_that_it_is_ready(client: httpx.Client):
    assert client.get("/v2").json() == {
        "name": "scalable-models",
        "version": __version__,
        "extensions": ["binary_tensor_data"],
    }
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json()["ready"] is True
    assert client.get("/v2/health/ready").headers["cache-control"] == "no-store"


def test_the_metadata_of_a_model_names_its_tensors_and_its_version(
    client: httpx.Client, predictors: Predictors
):
    version = predictors.default.version
    path = f"/v2/models/{predictors.default.name}"
    metadata = client.get(path).json()
    assert (metadata["name"], metadata["versions"]) == (predictors.default.name, [version])
    assert metadata["inputs"] == [{"name": name, "datatype": "FP64", "shape": [-1, 1]} for name in NAMES]
    label, probabilities = metadata["outputs"]
    assert (label["name"], label["datatype"], label["shape"]) == ("specie", "BYTES", [-1])
    assert (probabilities["datatype"], probabilities["shape"]) == ("FP64", [-1, 3])
    assert probabilities["parameters"]["classes"] == list(predictors.default.classes)
    assert client.get(f"{path}/versions/{version}").json() == metadata
    for ready in (f"{path}/ready", f"{path}/versions/{version}/ready"):
        assert client.get(ready).json() == {"name": predictors.default.name, "ready": True}


def test_metadata_is_revalidated_like_other_responses(client: httpx.Client):
    tag = client.get(MODEL).headers["etag"]
    assert client.get(MODEL, headers={"if-none-match": tag}).status_code == 304


def test_one_tensor_of_all_features_is_answered_with_every_output(
    client: httpx.Client, predictors: Predictors
):
    response = infer(client, tensor(), id="42", parameters={"priority": 1})
    predictor = predictors.get("iris-forest")
    assert predictor
    content = response.json()
    assert (content["model_name"], content["model_version"]) == ("iris-forest", predictor.version)
    assert content["id"] == "42"
    assert content["outputs"] == [
        {"name": "specie", "datatype": "BYTES", "shape": [2], "data": SPECIES},
        {
            "name": "probabilities",
            "datatype": "FP64",
            "shape": [2, 3],
            "data": [share for row in ROWS for share in predictor.probabilities(tuple(row))],
        },
    ]
    assert "id" not in infer(client, tensor()).json()


@pytest.mark.parametrize("shape", [[2], [2, 1]])
@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64", "BYTES"])
def test_a_tensor_for_each_feature_is_answered_in_any_order(
    client: httpx.Client, shape: list[int], datatype: str
):
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    inputs = [
        tensor(
            name=name,
            shape=shape,
            datatype=datatype,
            data=list(map(str, values)) if datatype == "BYTES" else values,
        )
        for name, values in reversed(columns.items())
    ]
    assert outputs(infer(client, *inputs, outputs=LABEL)) == {"specie": SPECIES}


@pytest.mark.parametrize(
    "datatype", ["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL"]
)
def test_whole_numbers_of_every_size_are_taken(client: httpx.Client, datatype: str):
    data = [True, False, True, True] if datatype == "BOOL" else [1, 0, 1, 1]
    given = tensor(shape=[1, 4], datatype=datatype, data=data)
    expected = client.post(
        "/api/v01/classify?predictor=iris-forest", json=dict(zip(NAMES, [1, 0, 1, 1], strict=True))
    )
    assert outputs(infer(client, given, outputs=LABEL))["specie"] == [expected.json()["specie"]]


def test_data_is_flat_or_nested(client: httpx.Client):
    flat = tensor(data=[value for row in ROWS for value in row])
    assert outputs(infer(client, flat)) == outputs(infer(client, tensor()))


def test_only_requested_outputs_are_returned_in_their_order(client: httpx.Client):
    requested = [{"name": "probabilities"}, {"name": "specie"}]
    assert list(outputs(infer(client, tensor(), outputs=requested))) == ["probabilities", "specie"]


def test_a_corrected_row_is_counted(client: httpx.Client):
    response = infer(client, tensor(shape=[1, 4], data=[5.1, 3.5, 1.4, 0.4]), outputs=LABEL)
    assert (outputs(response)["specie"], response.headers["x-flowers-swapped"]) == (["Iris Setosa"], "1")


def binary(client: httpx.Client, content: dict[str, Any], data: bytes, **headers: str) -> httpx.Response:
    encoded = json.dumps(content).encode()
    length = {"inference-header-content-length": str(len(encoded))}
    return client.post(INFER, content=encoded + data, headers=length | headers)


def test_binary_tensors_are_taken_and_returned(client: httpx.Client):
    data = struct.pack("<8f", *[value for row in ROWS for value in row])
    given = tensor(datatype="FP32", parameters={"binary_data_size": len(data)})
    del given["data"]
    response = binary(client, {"inputs": [given], "parameters": {"binary_data_output": True}}, data)
    assert response.headers["content-type"] == "application/octet-stream"
    # API Gateway adds this header where a client sends none.
    content: dict[str, Any] = {"inputs": [given], "parameters": {"binary_data_output": True}}
    assert binary(client, content, data, accept="application/json").content == response.content
    length = int(response.headers["inference-header-content-length"])
    label, probabilities = json.loads(response.content[:length])["outputs"]
    rest = response.content[length:]
    size = label["parameters"]["binary_data_size"]
    assert rest[:size] == b"".join(struct.pack("<I", len(name)) + name.encode() for name in SPECIES)
    assert len(rest) - size == probabilities["parameters"]["binary_data_size"] == 2 * 3 * 8
    assert sum(struct.unpack("<6d", rest[size:])) == pytest.approx(2)


def test_one_output_may_be_binary_and_another_json(client: httpx.Client):
    requested = [{"name": "specie", "parameters": {"binary_data": False}}, {"name": "probabilities"}]
    response = infer(client, tensor(), outputs=requested, parameters={"binary_data_output": True})
    length = int(response.headers["inference-header-content-length"])
    label, probabilities = json.loads(response.content[:length])["outputs"]
    assert label["data"] == SPECIES
    assert "data" not in probabilities


def test_binary_texts_are_read_by_their_lengths(client: httpx.Client):
    values = [str(value).encode() for row in ROWS for value in row]
    data = b"".join(struct.pack("<I", len(value)) + value for value in values)
    given = tensor(datatype="BYTES", parameters={"binary_data_size": len(data)})
    assert outputs(binary(client, {"inputs": [given], "outputs": LABEL}, data)) == {"specie": SPECIES}


BINARY = {"parameters": {"binary_data_size": 64}}
ZEROS = bytes(64)


@pytest.mark.parametrize(
    ("content", "data", "message"),
    [
        ({"inputs": [tensor(**BINARY)]}, ZEROS + b"x", "more binary data"),
        ({"inputs": [tensor(**BINARY)]}, ZEROS[1:], "binary_data_size"),
        ({"inputs": [tensor(parameters={"binary_data_size": -1})]}, b"", "binary_data_size"),
        ({"inputs": [tensor(parameters={"binary_data_size": 8})]}, ZEROS[:8], "8 bytes of binary data"),
        ({"inputs": [tensor(**BINARY, shape=[2**62, 4])]}, ZEROS, "more than 10000 rows"),
        ({"inputs": [tensor(**BINARY, datatype="BYTES")]}, b"\xff" * 64, "ends within an element"),
        ({"inputs": [tensor(**BINARY, datatype="BYTES")]}, b"\1\0\0\0\xff" * 12 + b"\0" * 4, "UTF-8"),
        ({"inputs": [tensor(**BINARY, datatype="BYTES")]}, ZEROS, "16 elements"),
    ],
)
def test_wrong_binary_data_is_refused(
    client: httpx.Client, content: dict[str, Any], data: bytes, message: str
):
    response = binary(client, content, data)
    assert response.status_code in {400, 413}
    assert message in response.json()["error"]


@pytest.mark.parametrize("length", ["-1", "x", "", "9999", "9" * 5_000])
def test_a_wrong_length_of_the_json_is_refused(client: httpx.Client, length: str):
    headers = {"inference-header-content-length": length}
    response = client.post(INFER, json={"inputs": [tensor()]}, headers=headers)
    assert (response.status_code, list(response.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        ([], 400, "not an inference request"),
        ({}, 400, "inputs"),
        ({"inputs": []}, 400, "one tensor of shape [rows, 4]"),
        ({"inputs": [tensor(), tensor()]}, 400, "same name"),
        ({"inputs": [tensor(name=str(n)) for n in range(5)]}, 400, "more inputs than the model, which has 4"),
        ({"inputs": [tensor()], "outputs": LABEL * 3}, 400, "more outputs than the model, which has 2"),
        ({"inputs": [tensor(data=None)]}, 400, "another shape"),
        ({"inputs": [tensor(data=[[]] * 8)]}, 400, "not FP64 of this shape"),
        ({"inputs": [tensor(datatype="BYTES", data=[[]] * 8)]}, 400, "not BYTES of this shape"),
        ({"inputs": [tensor(datatype="BYTES", data=["1"] * 7)]}, 400, "7 elements"),
        ({"inputs": [tensor(), tensor(name="b")]}, 400, "one tensor of shape [rows, 4]"),
        ({"inputs": [tensor(name="pl", shape=[2], data=[1, 2])]}, 400, "one tensor of shape [rows, 4]"),
        ({"inputs": [tensor(shape=[8])]}, 400, "one tensor of shape [rows, 4]"),
        ({"inputs": [tensor(shape=[2, 2, 2])]}, 400, "dimensions"),
        ({"inputs": [tensor(shape=[-2, -4])]}, 400, "dimensions"),
        ({"inputs": [tensor(shape=[])]}, 400, "dimensions"),
        ({"inputs": [tensor(shape=[3, 4])]}, 400, "another shape"),
        ({"inputs": [tensor(data=[1.0] * 7)]}, 400, "another shape"),
        ({"inputs": [tensor(data=["a"] * 8)]}, 400, "not FP64"),
        ({"inputs": [{"name": "a", "shape": [2, 4], "datatype": "FP64"}]}, 400, "neither data"),
        ({"inputs": [tensor(datatype="BF16")]}, 400, "datatype BF16"),
        ({"inputs": [tensor(datatype="INT64")]}, 400, "not INT64"),
        ({"inputs": [tensor(shape=[0, 4], data=[])]}, 400, "no row"),
        ({"inputs": [tensor(shape=[10_001, 4])]}, 413, "more than 10000 rows"),
        ({"inputs": [tensor(shape=[1, 4], data=[101, 1, 1, 1])]}, 422, "Row 1: pl is 101.0, but must be"),
        ({"inputs": [tensor(shape=[1, 4], data=[None, 1, 1, 1])]}, 422, "pl is null"),
        ({"inputs": [tensor()], "outputs": []}, 400, "outputs is empty"),
        ({"inputs": [tensor()], "outputs": [{"name": "score"}]}, 400, "no output 'score'"),
        ({"inputs": [tensor()], "parameters": []}, 400, "parameters are not an object"),
        (
            {"inputs": [tensor()], "outputs": [{"name": "specie", "parameters": {"classification": 2}}]},
            400,
            "classification is not supported",
        ),
        (
            {
                "inputs": [tensor()],
                "outputs": [{"name": "specie", "parameters": {"shared_memory_region": "a"}}],
            },
            400,
            "shared_memory_region is not supported",
        ),
        ({"inputs": [tensor()], "parameters": {"a": "x" * 5_000}}, 413, "4096 bytes"),
        ({"inputs": [tensor()], "id": 42}, 400, "id"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    client: httpx.Client, request_: object, status: int, message: str
):
    response = client.post(INFER, json=request_)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert list(response.json()) == ["error"]
    assert message in response.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"inputs":' + b"[" * 100_000, b'{"id":"\\ud800"}'])
def test_what_is_not_json_is_refused(client: httpx.Client, body: bytes):
    response = client.post(INFER, content=body)
    assert (response.status_code, list(response.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v2/models/none", {}, 404),
        ("GET", f"{MODEL}/versions/1", {}, 404),
        ("GET", "/v2/nowhere", {}, 404),
        ("GET", INFER, {}, 405),
        ("GET", MODEL, {"accept": "image/png"}, 406),
        ("GET", MODEL, {"if-match": '"a"'}, 412),
        ("POST", INFER, {"content-length": "2000000"}, 413),
        ("POST", INFER, {"content-type": "text/csv"}, 415),
        ("POST", INFER, {"content-encoding": "gzip"}, 415),
    ],
)
def test_every_error_has_the_format_of_the_protocol(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
):
    content = b"x" * int(headers.get("content-length", 1)) if method == "POST" else None
    response = client.request(method, path, headers=headers, content=content)
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert response.headers["cache-control"] == "no-store"
    if status == 415:  # RFC 9110, 15.5.16: what would have been accepted
        name = "accept-encoding" if "content-encoding" in headers else "accept"
        accepted = {"accept": "application/json, application/octet-stream", "accept-encoding": "identity"}
        assert response.headers[name] == accepted[name]


@pytest.mark.parametrize("given", ["", "application/json", "Application/JSON; charset=utf-8"])
def test_json_is_read_under_its_name_in_any_spelling_or_none(client: httpx.Client, given: str):
    body = json.dumps({"inputs": [tensor()], "outputs": LABEL}).encode()
    response = client.post(INFER, content=body, headers={"content-type": given} if given else {})
    assert outputs(response) == {"specie": SPECIES}


def test_the_maximum_number_of_rows_is_that_of_batches(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    with serving(create_app(predictors, Settings(batch_flowers=1))) as client:
        assert infer(client, tensor(shape=[1, 4], data=ROWS[:1])).status_code == 200
        refused = infer(client, tensor())
    assert (refused.status_code, refused.json()) == (413, {"error": "The request has more than 1 row."})


def test_a_model_that_fails_its_check_is_not_ready(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    failing = copy(predictors.default)
    wrong = copy(failing.known_answers[0])
    wrong.answer = "Iris Virginica"
    failing.known_answers = (wrong, *failing.known_answers[1:])
    with serving(create_app(Predictors([failing]), Settings())) as client:
        for path in ("/v2/health/ready", f"/v2/models/{failing.name}/ready"):
            response = client.get(path)
            assert (response.status_code, list(response.json())) == (503, ["error"])
        assert client.get("/v2/health/live").status_code == 200


def test_the_metrics_count_rows_and_values_out_of_range(client: httpx.Client):
    def counted() -> tuple[float, float, float]:
        lines = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines())
        route = 'method="POST",route="/v2/models/{name}/infer",status="2xx"'
        return (
            float(lines.get(f"http_request_duration_seconds_count{{{route}}}", 0)),
            float(lines['iris_predictions_total{predictor="iris-forest"}']),
            float(lines['iris_inputs_out_of_range_total{feature="pw",predictor="iris-forest"}']),
        )

    requests, rows, out_of_range = counted()
    infer(client, tensor())
    infer(client, tensor(shape=[1, 4], data=[1, 101, 1, 1]))
    assert counted() == (requests + 1, rows + 2, out_of_range + 1)
