import base64
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.training.data import load_data
from scripts.training.export import fit
from service.model.onnx_model import Onnx
from service.model.registry import load_predictors
from tests.iris import DEFINITION, Flower
from tests.trained import NEURAL, train_into

pytestmark = pytest.mark.one_python  # no archive holds ONNX Runtime, and the network takes long to train


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(tmp_path_factory.mktemp("predictors"), [NEURAL])


def test_the_150_flowers_are_classified_as_scikit_learn_classifies_them(folder: Path):
    predictor = load_predictors(folder).default
    data = load_data()
    fitted: Any = fit(NEURAL, data)
    flowers = [Flower(*row) for row in data.rows.tolist()]
    expected: list[str] = [data.classes[index] for index in fitted.predict(data.rows)]
    assert predictor.predict_many(flowers) == expected
    assert predictor.reproduces_known_answers()
    ours = np.array([predictor.probabilities(flower) for flower in flowers])
    assert np.abs(ours - fitted.predict_proba(data.rows)).max() < 1e-9


def test_without_onnx_runtime_the_error_names_the_extra(folder: Path):
    program = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from service.model.registry import PredictorError, load_predictors\n"
        "try: load_predictors(sys.argv[1])\n"
        "except PredictorError as error: print(error)\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "scalable-models[onnx]" in output.stdout


def graph_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / NEURAL.name / "predictor.json").read_text())


@pytest.mark.parametrize("classes", [2, 4, 0, "3", 3.0, True])
def test_a_graph_with_another_number_of_classes_is_refused(classes: object, folder: Path):
    assert Onnx.unpack(graph_of(folder), DEFINITION).classes == 3
    with pytest.raises((TypeError, ValueError), match="classes"):
        Onnx.unpack(graph_of(folder) | {"classes": classes}, DEFINITION)


@pytest.mark.parametrize("byte", [0, 9, 99, -9])
def test_a_damaged_graph_is_refused_without_output_of_onnx_runtime(
    byte: int, folder: Path, capfd: pytest.CaptureFixture[str]
):
    graph = bytearray(base64.b64decode(graph_of(folder)["graph"]))
    graph[byte] ^= 0xFF
    with suppress(ValueError):  # a changed name or weight is another graph, not a wrong one
        Onnx.unpack({"graph": base64.b64encode(graph), "classes": 3}, DEFINITION)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("graph", ["bm8gZ3JhcGg=", "no base64"])
def test_an_invalid_graph_is_refused(graph: str):
    with pytest.raises(ValueError, match=r"its graph cannot be computed|base64"):
        Onnx.unpack({"graph": graph, "classes": 3}, DEFINITION)
