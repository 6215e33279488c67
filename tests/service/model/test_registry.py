import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from service.model.registry import PredictorError, Predictors, load_predictor, load_predictors
from tests.iris import Flower
from tests.service.houses import write_houses
from tests.service.model.corrupt import copy_predictor, edit_parameters, rewrite

Edit = Callable[[dict[str, Any]], object]

HASHLIB = {"hashlib", "_hashlib", "_blake2"}
SETOSA = Flower(pl=1.4, pw=0.2, sl=5.1, sw=3.5)
VIRGINICA = Flower(pl=6.0, pw=2.5, sl=6.3, sw=3.3)


@pytest.fixture
def folder(predictors_folder: Path, tmp_path: Path) -> Path:
    """A copy of one trained predictor that a test may damage."""
    return Path(shutil.copytree(predictors_folder / "iris-logistic", tmp_path / "iris-logistic"))


def edit(path: Path, change: Edit) -> None:
    content: dict[str, Any] = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_one_flower_and_many_get_the_same_names(predictors: Predictors):
    predictor = predictors.default
    assert predictor.predict(SETOSA) == "Iris Setosa"
    assert predictor.predict_many([SETOSA, VIRGINICA, SETOSA]) == [
        "Iris Setosa",
        "Iris Virginica",
        "Iris Setosa",
    ]
    assert predictor.predict_many([]) == []


def test_the_class_with_the_highest_probability_is_predicted(predictors: Predictors):
    predictor = predictors.default
    probabilities = predictor.probabilities(VIRGINICA)
    assert predictor.classes[probabilities.index(max(probabilities))] == predictor.predict(VIRGINICA)


def test_the_model_card_has_training_data_and_metrics(predictors: Predictors):
    predictor = predictors.default
    card = json.loads(json.dumps(predictor.card))
    assert card["estimator"] == "LogisticRegression"
    assert card["training"]["rows"] == 150
    assert card["metrics"]["accuracy"] == predictor.accuracy
    assert [len(row) for row in card["metrics"]["confusion"]] == [3, 3, 3]
    assert set(card["metrics"]["per_class"]) == set(predictor.classes)
    assert card["features"][1]["maximum"] == 2.5
    assert card["version"] == predictor.version
    assert "known_answers" not in card


def test_a_flower_within_the_training_data_has_no_notes(predictors: Predictors):
    for known in predictors.default.known_answers:
        assert predictors.default.notes(known.row) == []
    just_longer = SETOSA._replace(pl=6.9 + 0.1 * 5.9)
    assert predictors.default.notes(just_longer) == []


def test_each_length_far_outside_the_training_data_has_a_note(predictors: Predictors):
    assert predictors.default.notes(Flower(pl=12, pw=0.2, sl=5.1, sw=0.5)) == [
        "A petal length of 12 cm is far outside the training data: 1 to 6.9 cm.",
        "A sepal width of 0.5 cm is far outside the training data: 2 to 4.4 cm.",
    ]


def test_a_predictor_is_found_by_its_name(predictors: Predictors):
    assert predictors.get("iris-logistic") is predictors.default
    assert predictors.get("iris-oracle") is None


def test_every_predictor_reproduces_its_known_answers(predictors: Predictors):
    assert [predictor.kind for predictor in predictors] == ["gaussian", "trees", "linear"]
    for predictor in predictors:
        assert predictor.reproduces_known_answers()
        assert len(predictor.known_answers) == 3


def test_a_changed_class_or_probability_of_a_known_answer_is_detected(predictors: Predictors):
    predictor = predictors.default
    first, *others = predictor.known_answers
    other_name, other_odds = copy(first), copy(first)
    other_name.answer = "Iris Virginica"
    other_odds.probabilities = (first.probabilities[0] + 1e-6, *first.probabilities[1:])
    for wrong in (other_name, other_odds):
        failing = copy(predictor)
        failing.known_answers = (wrong, *others)
        assert not failing.reproduces_known_answers()


@pytest.mark.parametrize(("change", "is_reproduced"), [(9e-10, True), (2e-9, False), (-2e-9, False)])
def test_a_known_answer_may_differ_by_a_billionth(
    predictors: Predictors,
    change: float,
    is_reproduced: bool,  # noqa: FBT001 (expected result)
):
    failing = copy(predictors.default)
    first, *others = failing.known_answers
    changed = copy(first)
    *others_of_first, last = first.probabilities
    changed.probabilities = (*others_of_first, last + change)
    failing.known_answers = (changed, *others)
    assert failing.reproduces_known_answers() is is_reproduced


def test_one_changed_digit_in_the_parameters_is_refused(folder: Path):
    path = folder / "predictor.json"
    path.write_text(path.read_text().replace("1", "2", 1))
    with pytest.raises(PredictorError, match="SHA-256 differs"):
        load_predictor(folder)


DAMAGED_PARAMETERS: list[tuple[Edit, str]] = [
    (
        lambda packed: packed.update(kind="oracle"),
        "its kind 'oracle' is none of linear, gaussian, trees, onnx",
    ),
    (lambda packed: packed.pop("kind"), "it has no 'kind'"),
    (lambda packed: packed.pop("coefficients"), "it has no 'coefficients'"),
    (lambda packed: packed["coefficients"].pop(), "2 rows of coefficients, but 3 intercepts"),
    (
        lambda packed: (packed["coefficients"].pop(), packed["intercepts"].pop()),
        "names 3 classes, its parameters have 2",
    ),
]


@pytest.mark.parametrize(("change", "complaint"), DAMAGED_PARAMETERS)
def test_invalid_parameters_are_refused_even_with_the_right_hash(folder: Path, change: Edit, complaint: str):
    edit(folder / "predictor.json", change)
    rewrite(folder)
    with pytest.raises(PredictorError, match=complaint):
        load_predictor(folder)


DAMAGED_MANIFESTS: list[tuple[Edit, str]] = [
    (lambda manifest: manifest.pop("version"), "it has no 'version'"),
    (lambda manifest: manifest["features"].reverse(), "its features are"),
    (lambda manifest: manifest["features"][0].pop("unit"), "it has no 'unit'"),
    (lambda manifest: manifest["metrics"].pop("accuracy"), "it has no 'accuracy'"),
    (lambda manifest: manifest["known_answers"][0]["values"].pop("sw"), "it has no 'sw'"),
    (lambda manifest: manifest.pop("known_answers"), "it has no 'known_answers'"),
    (lambda manifest: manifest.update(known_answers=[]), "no known answer"),
]


@pytest.mark.parametrize(("change", "complaint"), DAMAGED_MANIFESTS)
def test_a_manifest_that_does_not_describe_a_predictor_is_refused(folder: Path, change: Edit, complaint: str):
    edit(folder / "manifest.json", change)
    with pytest.raises(PredictorError, match=complaint):
        load_predictor(folder)


@pytest.mark.parametrize("name", ["predictor.json", "manifest.json"])
def test_a_file_that_is_missing_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(PredictorError, match=rf"cannot read .*{name}: No such file"):
        load_predictor(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b'{"version": 1}'])
def test_a_manifest_that_is_not_an_object_is_refused(folder: Path, content: bytes):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(PredictorError, match=r"does not hold a predictor|SHA-256 differs"):
        load_predictor(folder)


def test_only_the_default_predictor_is_unpacked_at_once(predictors_folder: Path):
    loaded = load_predictors(predictors_folder)
    assert [predictor.name for predictor in loaded if "model" in vars(predictor)] == ["iris-logistic"]
    loaded.unpack()
    assert all("model" in vars(predictor) for predictor in loaded)


def test_the_hash_of_a_packed_predictor_is_checked_too(predictors_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(predictors_folder, tmp_path / "predictors"))
    path = folder / "iris-forest" / "predictor.json"
    path.write_text(path.read_text().replace("1", "2", 1))
    with pytest.raises(PredictorError, match=r"iris-forest.*SHA-256 differs"):
        load_predictors(folder)


def test_an_invalid_packed_predictor_fails_at_each_use(predictors_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(predictors_folder, tmp_path / "predictors"))
    edit(folder / "iris-forest" / "predictor.json", lambda packed: packed.pop("roots"))
    rewrite(folder / "iris-forest")
    forest = load_predictors(folder).get("iris-forest")
    assert forest
    for _ in range(2):
        with pytest.raises(PredictorError, match="iris-forest does not hold a predictor: it has no 'roots'"):
            forest.predict(SETOSA)


def test_a_manifest_and_parameters_of_different_kinds_are_refused(folder: Path):
    edit(folder / "manifest.json", lambda manifest: manifest.update(kind="gaussian"))
    with pytest.raises(PredictorError, match="its manifest has kind 'gaussian', its parameters 'linear'"):
        load_predictor(folder)


def test_a_regression_has_one_value(tmp_path: Path):
    write_houses(tmp_path / "houses")
    edit_parameters(
        tmp_path / "houses", lambda packed: packed.update(coefficients=[[1, 2, 3]] * 2, intercepts=[0, 0])
    )
    with pytest.raises(PredictorError, match="it is a regression, but its parameters have 2 classes"):
        load_predictor(tmp_path / "houses")


# 1, 1.0 and true are equal in Python, and three values in JSON, of which the last is no number.
@pytest.mark.parametrize(
    ("minimum", "complaint"), [(1.0, ""), (True, "minimum is true, but must be a finite number")]
)
def test_definitions_that_only_python_takes_for_equal_are_read_apart(
    tmp_path: Path, minimum: object, complaint: str
):
    for name in ("houses", "villas"):
        write_houses(tmp_path / name)
        rewrite(tmp_path / name, manifest=lambda manifest, name=name: manifest.update(name=name))

    def change(manifest: dict[str, Any]) -> None:
        (rooms,) = [each for each in manifest["definition"]["features"] if each["short_name"] == "rooms"]
        assert rooms["minimum"] == minimum
        rooms["minimum"] = minimum

    rewrite(tmp_path / "villas", manifest=change)
    if complaint:
        with pytest.raises(PredictorError, match=complaint):
            load_predictors(tmp_path)
    else:
        assert [predictor.name for predictor in load_predictors(tmp_path)] == ["houses", "villas"]


def test_an_empty_folder_holds_no_predictor(tmp_path: Path):
    with pytest.raises(PredictorError, match="there is no predictor in"):
        load_predictors(tmp_path)


def test_one_untrustworthy_predictor_among_others_is_not_ignored(folder: Path):
    bad = Path(shutil.copytree(folder, folder.parent / "iris-bad"))
    (bad / "predictor.json").write_text("{}")
    with pytest.raises(PredictorError, match="iris-bad"):
        load_predictors(folder.parent)


def test_two_folders_with_one_name_are_refused(folder: Path):
    shutil.copytree(folder, folder.parent / "copy")
    with pytest.raises(PredictorError, match="two predictors are called iris-logistic"):
        load_predictors(folder.parent)


def test_the_default_predictor_is_iris_logistic_or_the_first_by_name(predictors: Predictors):
    logistic = predictors.default
    forest, zebra = copy(logistic), copy(logistic)
    forest.name, zebra.name = "iris-forest", "zebra"
    assert Predictors([forest, logistic]).default is logistic
    assert Predictors([zebra, forest]).default is forest
    assert [predictor.name for predictor in Predictors([zebra, forest])] == ["zebra", "iris-forest"]


def test_loading_predictors_imports_nothing_slow(predictors_folder: Path):
    program = (
        # Imported at every start of Python, or by the Lambda runtime before the function.
        "import json, os, sys, typing; before = set(sys.modules);"
        "from service.model.registry import load_predictors;"
        "load_predictors(sys.argv[1]).default.predict((1.4, 0.2, 5.1, 3.5));"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('service')))"
    )
    output = subprocess.run(
        [sys.executable, "-S", "-c", program, str(predictors_folder)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = set(json.loads(output.stdout.replace("'", '"')))
    # SHA-256 has a module of its own, which Python 3.12 renamed; a build without either leaves hashlib.
    assert imported - {"__future__", "math"} in ({"_sha2"}, {"_sha256"}, HASHLIB)


def test_only_predictors_of_one_definition_stand_in_for_each_other(predictors_folder: Path, tmp_path: Path):
    folder = copy_predictor(predictors_folder, tmp_path / "predictors")
    write_houses(folder / "houses")
    loaded = load_predictors(folder)
    assert loaded.default.name == "iris-logistic"
    assert [predictor.name for predictor in loaded.alike()] == ["iris-bayes", "iris-forest", "iris-logistic"]
    assert loaded.get("houses")
    assert loaded.get_alike("houses") is None
    assert loaded.get_alike("nobody") is None
    assert loaded.get_alike("iris-bayes") is loaded.get("iris-bayes")
