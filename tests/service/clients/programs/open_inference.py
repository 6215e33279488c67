"""User's program with Triton's client: asks for a flower in every form of tensors, and prints what it got."""

import json
import sys
from urllib.parse import urlsplit

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

MODEL = "iris-logistic"
ROWS = np.array([[1.4, 0.2, 5.1, 3.5], [6.0, 2.5, 6.3, 3.3]])
NAMES = ["pl", "pw", "sl", "sw"]

url = urlsplit(sys.argv[1])
client = InferenceServerClient(url.netloc + url.path.rstrip("/"))
metadata = client.get_model_metadata(MODEL)
(version,) = metadata["versions"]


def text(value: object) -> str:
    """Return a text of a tensor, which is bytes if the data was binary."""
    return value.decode() if isinstance(value, bytes) else str(value)


def one_tensor(datatype: str, rows: np.ndarray, *, binary: bool) -> list[InferInput]:
    """Return one input with all features."""
    given = InferInput("rows", list(rows.shape), datatype)
    given.set_data_from_numpy(rows, binary_data=binary)
    return [given]


def tensors(*, binary: bool) -> list[InferInput]:
    """Return an input for each feature, as the metadata describes them."""
    inputs = []
    for index, each in enumerate(metadata["inputs"]):
        given = InferInput(each["name"], [len(ROWS), 1], each["datatype"])
        given.set_data_from_numpy(ROWS[:, index : index + 1], binary_data=binary)
        inputs.append(given)
    return inputs


def labels(inputs: list[InferInput], *, binary: bool) -> list[str]:
    """Return the answers to some rows."""
    requested = [InferRequestedOutput("specie", binary_data=binary)]
    answer = client.infer(MODEL, inputs, outputs=requested, model_version=version)
    return list(map(text, answer.as_numpy("specie")))


def refusal(model: str, inputs: list[InferInput]) -> list[str]:
    """Return status and message of a request that is refused."""
    try:
        client.infer(model, inputs)
    except InferenceServerException as refused:
        return [refused.status(), refused.message()]
    raise AssertionError


everything = client.infer(MODEL, one_tensor("FP64", ROWS, binary=True), request_id="42")
print(  # noqa: T201 (the test reads it)
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "model_ready": client.is_model_ready(MODEL, version),
            "other_version_ready": client.is_model_ready(MODEL, "1"),
            "inputs": [each["name"] for each in metadata["inputs"]],
            "labels": {
                f"{form} {'binary' if binary else 'json'}": labels(inputs, binary=binary)
                for binary in (False, True)
                for form, inputs in (
                    ("FP64", one_tensor("FP64", ROWS, binary=binary)),
                    ("FP32", one_tensor("FP32", ROWS.astype(np.float32), binary=binary)),
                    ("BYTES", one_tensor("BYTES", ROWS.astype(str).astype(object), binary=binary)),
                    ("columns", tensors(binary=binary)),
                )
            },
            "id": everything.get_response()["id"],
            "all_outputs": list(map(text, everything.as_numpy("specie"))),
            "sums": everything.as_numpy("probabilities").sum(axis=1).round(9).tolist(),
            "unknown": refusal("none", tensors(binary=True)),
            "out_of_range": refusal(MODEL, one_tensor("FP64", ROWS + 100, binary=True)),
        }
    )
)
