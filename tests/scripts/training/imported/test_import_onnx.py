"""Fitted models as ONNX graphs: from the file to a predictor with the labels of scikit-learn."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# scikit-learn, skl2onnx and onnx have no types.

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scripts.training.imported.import_model import import_model
from service.model import predictor as predictor_module
from service.model.registry import load_predictor

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python  # ONNX Runtime is in no archive by default

WINE: Any = load_wine()
DIABETES: Any = load_diabetes()
CULTIVARS = np.array(["Barolo", "Grignolino", "Barbera"])[WINE.target]
ROWS = [dict(zip(WINE.feature_names, row, strict=True)) for row in WINE.data[::9].tolist()]


def run(folder: Path, graph: Any, examples: Any, *options: str) -> Result:
    path = folder / "model.onnx"
    path.write_bytes(graph if isinstance(graph, bytes) else graph.SerializeToString())
    (folder / "rows.json").write_text(json.dumps(examples))
    arguments = [str(path), "--example", str(folder / "rows.json"), "--output", str(folder / "out"), *options]
    return CliRunner().invoke(import_model, arguments, catch_exceptions=False)


def converted(fitted: Any, options: dict[str, Any] | None = None, kind: Any = FloatTensorType) -> Any:
    return to_onnx(fitted, initial_types=[("X", kind([None, fitted.n_features_in_]))], options=options)


def random_rows(data: Any) -> Any:
    return np.random.default_rng(4).uniform(data.min(axis=0), data.max(axis=0), (10_000, data.shape[1]))


@pytest.fixture(scope="module")
def network() -> Any:
    network = MLPClassifier(hidden_layer_sizes=[8], max_iter=300, random_state=1, tol=1e-2)
    return make_pipeline(StandardScaler(), network).fit(WINE.data, CULTIVARS)


@pytest.mark.parametrize(
    ("options", "kind", "tolerance"),
    [
        (None, FloatTensorType, 1e-6),  # skl2onnx's default: a list of dictionaries, in single precision
        ({"zipmap": False}, FloatTensorType, 1e-6),
        ({"zipmap": False}, DoubleTensorType, 1e-9),
    ],
)
def test_a_graph_of_a_network_gives_the_labels_of_scikit_learn_at_10_000_points(
    options: Any, kind: Any, tolerance: float, network: Any, tmp_path: Path
):
    result = run(
        tmp_path, converted(network, options, kind), ROWS, "--target", "cultivar", "--points", "1000"
    )
    assert result.exit_code == 0, result.stderr
    assert "Equal to model.onnx at 1,000 random points" in result.stdout
    predictor = load_predictor(tmp_path / "out" / "model")
    assert predictor.definition.classes == ("Barbera", "Barolo", "Grignolino")
    assert predictor.definition.response_key == "cultivar"
    points = random_rows(WINE.data)
    rows = [tuple(row) for row in points.tolist()]
    assert predictor.predict_many(rows) == network.predict(points).tolist()
    ours = np.array([predictor.probabilities(row) for row in rows[:1000]])
    assert np.abs(ours - network.predict_proba(points[:1000])).max() < tolerance
    assert predictor.reproduces_known_answers()


def test_boosting_in_single_precision_gives_the_labels_of_scikit_learn_and_names_for_its_numbers(
    tmp_path: Path,
):
    fitted = HistGradientBoostingClassifier(max_iter=20, random_state=1).fit(WINE.data, WINE.target)
    names = "Barolo,Grignolino,Barbera"
    result = run(tmp_path, converted(fitted), ROWS, "--classes", names, "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    points = random_rows(WINE.data)
    rows = [tuple(row) for row in points.tolist()]
    expected = np.array(names.split(","))[fitted.predict(points)]
    assert predictor.predict_many(rows) == expected.tolist()
    ours = np.array([predictor.probabilities(row) for row in rows[:1000]])
    assert np.abs(ours - fitted.predict_proba(points[:1000])).max() < 1e-6


def test_a_regressor_gives_values_of_single_precision(tmp_path: Path):
    fitted = GradientBoostingRegressor(n_estimators=20).fit(DIABETES.data, DIABETES.target)
    examples = [dict(zip(DIABETES.feature_names, row, strict=True)) for row in DIABETES.data[::9].tolist()]
    result = run(tmp_path, converted(fitted), examples, "--unit", "points", "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    assert predictor.definition.unit == "points"
    rows = [tuple(row) for row in DIABETES.data[:100].tolist()]
    assert predictor.predict_many(rows) == pytest.approx(fitted.predict(DIABETES.data[:100]), rel=1e-6)


def test_probabilities_without_labels_name_the_most_likely_class(tmp_path: Path):
    result = run(tmp_path, softmax_graph(), PAIRS, "--classes", "low,high", "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    assert predictor.predict_many([(2.0, 1.0), (1.0, 2.0)]) == ["low", "high"]
    # e / (e + e²) of the first
    assert predictor.probabilities((1.0, 2.0)) == pytest.approx((0.26894142, 0.73105858), abs=1e-7)


def test_single_precision_is_allowed_the_last_bits_of_another_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    result = run(tmp_path, softmax_graph(), PAIRS, "--points", "1000")
    assert result.exit_code == 0, result.stderr
    folder = tmp_path / "out" / "model"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["precision"] == "single"
    for known in manifest["known_answers"]:
        low, high = known["probabilities"]
        known["probabilities"] = [low + 5e-7, high - 5e-7]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert load_predictor(folder).reproduces_known_answers()
    monkeypatch.setattr(predictor_module, "SINGLE_TOLERANCE", 1e-9)
    assert not load_predictor(folder).reproduces_known_answers()


PAIRS = [{"a": 0.5, "b": 0.5}, {"a": 3.0, "b": 4.0}]  # the first adds up to 1, like probabilities


def graph_of(
    *nodes: Any, inputs: Any = None, outputs: Any = None, initializers: Any = (), version: int = 18
) -> Any:
    given = inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])]
    returned = outputs or [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])]
    graph = helper.make_graph(list(nodes), "graph", given, returned, initializer=list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=9)


def softmax_graph(kind: int = TensorProto.FLOAT, shape: Any = (None, 2)) -> Any:
    return graph_of(
        helper.make_node("Softmax", ["x"], ["y"], axis=-1),
        inputs=[helper.make_tensor_value_info("x", kind, shape)],
        outputs=[helper.make_tensor_value_info("y", kind, shape)],
    )


def text_graph() -> Any:
    texts = helper.make_tensor_value_info("port", TensorProto.STRING, [None, 2])
    same = helper.make_tensor_value_info("y", TensorProto.STRING, [None, 2])
    return graph_of(helper.make_node("Identity", ["port"], ["y"]), inputs=[texts], outputs=[same])


def graph_with_two_inputs() -> Any:
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in ("age", "fare")]
    return graph_of(helper.make_node("Concat", ["age", "fare"], ["y"], axis=1), inputs=inputs)


def graph_with_weights_elsewhere() -> Any:
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2, 2], [1.0, 0.0, 0.0, 1.0])
    graph = graph_of(helper.make_node("MatMul", ["x", "w"], ["y"]), initializers=[weights])
    (stored,) = graph.graph.initializer
    stored.ClearField("float_data")
    stored.data_location = TensorProto.EXTERNAL
    entry = stored.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return graph


@pytest.mark.parametrize(
    ("graph", "complaint"),
    [
        (b"no graph", "model.onnx is no ONNX graph, or only a part of one"),
        (b"", "model.onnx is no ONNX graph"),
        (softmax_graph().SerializeToString()[:60], "model.onnx is no ONNX graph, or only a part of one"),
        (
            graph_of(helper.make_node("Softmax", ["x"], ["y"]), version=99),
            "ONNX Runtime can't run model.onnx",
        ),
        (graph_of(helper.make_node("Unknown", ["x"], ["y"])), "ONNX Runtime can't run model.onnx"),
        (graph_of(helper.make_node("Identity", ["x"], ["y"])), "which are no probabilities"),
        (graph_with_two_inputs(), "has 2 inputs (age, fare); it must have one"),
        (text_graph(), "The input port of model.onnx is a tensor(string)"),
        (softmax_graph(shape=(None, 3)), "model.onnx takes 3 features, but the example has 2."),
        (softmax_graph(shape=(None, 3, 2)), "has the shape [None, 3, 2]; it must be rows of features"),
        (softmax_graph(shape=(4, 2)), "has the shape [4, 2]; it must be rows of features"),
        (softmax_graph(shape=(2,)), "has the shape [2]; it must be rows of features"),
        (softmax_graph(kind=TensorProto.FLOAT16), "is a tensor(float16)"),
        (graph_with_weights_elsewhere(), "has its weights in another file"),
    ],
)
def test_a_graph_that_can_not_be_served_is_refused_in_one_line(
    graph: Any, complaint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    result = run(tmp_path, graph, PAIRS)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert capfd.readouterr() == ("", "")  # of ONNX Runtime itself
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "does not say which classes it has. Name all 3 with --classes"),
        (("--classes", "Barolo,Barbera"), "Name all 3 with --classes"),
        (("--classes", "Barolo,Barbera,Nebbiolo"), "returns other classes than Barolo, Barbera, Nebbiolo"),
        (("--classes", "Grignolino,Barbera,Barolo"), "Are the classes in the order of the probabilities?"),
    ],
)
def test_classes_that_the_graph_does_not_name_are_compared_with_its_labels(
    options: Any, complaint: str, tmp_path: Path
):
    neighbours = KNeighborsClassifier().fit(WINE.data, CULTIVARS)
    result = run(tmp_path, converted(neighbours, {"zipmap": False}), ROWS, *options, "--points", "1000")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert complaint in result.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--classes", "a,b,c"), "The classes have names: Barbera, Barolo, Grignolino."),
        (("--classes", "a,a,a"), "The classes have names"),
    ],
)
def test_named_classes_get_no_other_names(options: Any, complaint: str, network: Any, tmp_path: Path):
    result = run(tmp_path, converted(network), ROWS, *options)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert complaint in result.stderr


def test_a_text_in_the_example_is_refused(network: Any, tmp_path: Path):
    result = run(tmp_path, converted(network), [row | {"hue": "red"} for row in ROWS])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "hue is 'red' in the example, but the model takes a number there." in result.stderr


def test_the_graph_of_the_service_is_valid_onnx(network: Any, tmp_path: Path):
    run(tmp_path, converted(network), ROWS, "--points", "1000")
    packed = json.loads((tmp_path / "out" / "model" / "predictor.json").read_text())
    assert packed["labels"] == ["Barbera", "Barolo", "Grignolino"]
    model = onnx.load_model_from_string(base64.b64decode(packed["graph"]))
    onnx.checker.check_model(model, full_check=True)
    assert "ZipMap" not in {node.op_type for node in model.graph.node}
