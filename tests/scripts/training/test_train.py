"""`iris train`, and the predictors that it writes, compared with scikit-learn."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs] (it has none)

from scripts.training import floors
from scripts.training.data import Dataset, load_data
from scripts.training.train import train, train_missing
from service.iris.definition import IRIS
from service.model.registry import Predictor, PredictorError, load_predictor, load_predictors
from tests.iris import Flower
from tests.service.model.corrupt import copy_predictor, edit_parameters
from tests.trained import default_classifier, small_recipes, train_into

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("predictor.json", "manifest.json")
FOREST = ("--estimator", "RandomForestClassifier", "--parameter", "n_estimators=3", "--name", "iris-forest")
LOGISTIC = ("--estimator", "LogisticRegression", "--parameter", "solver=newton-cholesky")


def run(folder: Path, *options: str, epoch: str | None = None) -> Result:
    return CliRunner().invoke(
        train, ["--output", str(folder), *options], env={"SOURCE_DATE_EPOCH": epoch}, catch_exceptions=False
    )


def run_as_json(folder: Path, *options: str) -> list[dict[str, Any]]:
    result = run(folder, *options, "--format", "json")
    assert result.exit_code == 0, result.stderr
    cards: list[dict[str, Any]] = json.loads(result.stdout)["predictors"]
    return cards


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/*.json"))}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Folder and result of the command without options, once, as it takes seconds."""
    folder = tmp_path_factory.mktemp("plain")
    return folder, run(folder, epoch="1700000000")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="module")
def predictor(trained: Path) -> Predictor:
    return load_predictor(trained / "iris-logistic")


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load_data()


def test_a_plain_training_writes_three_predictors_of_three_families(plain: tuple[Path, Result]):
    folder, result = plain
    assert result.exit_code == 0, result.stderr
    predictors = {predictor.name: predictor for predictor in load_predictors(folder)}
    assert {name: (one.kind, one.card["estimator"]) for name, one in predictors.items()} == {
        "iris-logistic": ("linear", "LogisticRegression"),
        "iris-forest": ("trees", "RandomForestClassifier"),
        "iris-bayes": ("gaussian", "GaussianNB"),
    }
    assert predictors["iris-forest"].card["parameters"] == {"n_estimators": 100}
    assert all(one.reproduces_known_answers() for one in predictors.values())
    assert all(one.trained_at == "2023-11-14T22:13:20Z" for one in predictors.values())


def test_every_predictor_fold_and_species_is_shown(plain: tuple[Path, Result]):
    shown = plain[1].stdout
    for expected in ("iris-forest", "Fold", "0.967", "Setosa", "Versicolor", "Recall", "47"):
        assert expected in shown


def test_no_predictor_of_the_project_differs_from_scikit_learn(plain: tuple[Path, Result]):
    for verified in run_as_json(plain[0], "--verify", "--points", "20000"):
        assert verified["points"] == 20_000
        assert verified["at_boundaries"] == 10_000
        assert verified["differences"] == 0
        assert verified["example"] is None
        assert verified["probability_error"] < 1e-9


def test_columns_are_in_the_order_of_the_flower(data: Dataset):
    first = Flower(*data.rows[0].tolist())
    assert first == Flower(pl=1.4, pw=0.2, sl=5.1, sw=3.5)
    assert data.classes == ("Iris Setosa", "Iris Versicolor", "Iris Virginica")


def test_the_150_flowers_get_the_labels_of_scikit_learn_s_default_classifier(
    predictor: Predictor, data: Dataset
):
    default: Any = LogisticRegression(max_iter=1_000)
    expected = [data.classes[index] for index in default.fit(data.rows, data.target).predict(data.rows)]
    assert predictor.predict_many(Flower(*row) for row in data.rows.tolist()) == expected


def test_the_parameters_are_plain_json_and_exact(trained: Path, data: Dataset):
    packed = json.loads((trained / "iris-logistic" / "predictor.json").read_bytes())
    assert set(packed) == {"kind", "coefficients", "intercepts"}
    fitted = default_classifier(data)
    assert np.array_equal(packed["coefficients"], fitted.coef_)
    assert np.array_equal(packed["intercepts"], fitted.intercept_)


def test_the_same_seed_and_date_give_the_same_bytes(tmp_path: Path):
    for options in (FOREST, LOGISTIC):
        folders = [tmp_path / options[1] / "one", tmp_path / options[1] / "two"]
        for folder in folders:
            assert run(folder, *options, epoch="1700000000").exit_code == 0
        assert contents(folders[0]) == contents(folders[1])
        assert len(contents(folders[0])) == 2


def test_another_seed_grows_another_forest(tmp_path: Path):
    (one,), (other,) = run_as_json(tmp_path, *FOREST), run_as_json(tmp_path, *FOREST, "--seed", "7")
    assert (one["training"]["seed"], other["training"]["seed"]) == (42, 7)
    assert one["version"] != other["version"]


def test_training_again_changes_nothing_not_even_the_date(tmp_path: Path):
    assert run(tmp_path, *LOGISTIC, epoch="1700000000").exit_code == 0
    before = contents(tmp_path)
    assert "Nothing changed" in run(tmp_path, *LOGISTIC).stdout
    assert contents(tmp_path) == before


def test_a_tampered_predictor_is_refused_and_training_again_repairs_it(tmp_path: Path):
    run(tmp_path, *LOGISTIC, epoch="1700000000")
    before = contents(tmp_path)
    (path,) = tmp_path.glob("*/predictor.json")
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(PredictorError):
        load_predictor(path.parent)
    run(tmp_path, *LOGISTIC)
    assert contents(tmp_path) == before


def test_the_manifest_documents_features_data_and_libraries(trained: Path, predictor: Predictor):
    manifest = json.loads((trained / "iris-logistic" / "manifest.json").read_bytes())
    assert manifest["name"] == "iris-logistic"
    assert [feature["name"] for feature in manifest["features"]] == ["pl", "pw", "sl", "sw"]
    assert manifest["features"][0] == {
        "name": "pl",
        "long_name": "petal length",
        "unit": "cm",
        "minimum": 1.0,
        "maximum": 6.9,
    }
    assert manifest["definition"] == IRIS
    assert manifest["training"]["rows"] == sum(manifest["training"]["rows_per_class"]) == 150
    assert set(manifest["libraries"]) == {"python", "numpy", "scikit-learn"}
    assert {known.answer for known in predictor.known_answers} == set(predictor.classes)


def test_any_supported_classifier_is_trained_with_a_name_derived_from_its_own(tmp_path: Path):
    (card,) = run_as_json(tmp_path, "--estimator", "lineardiscriminantanalysis", "--scale")
    assert (card["name"], card["estimator"]) == (
        "iris-linear-discriminant-analysis",
        "LinearDiscriminantAnalysis",
    )
    assert card["scaled"] is True
    assert card["folder"] == str(tmp_path / "iris-linear-discriminant-analysis")
    (verified,) = run_as_json(tmp_path, "--verify", "--points", "2000", "--name", card["name"])
    assert verified["differences"] == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--estimator", "RidgeClassifier"], "The nearest alternative is LinearDiscriminantAnalysis."),
        (["--estimator", "RandomForest"], "Did you mean RandomForestClassifier?"),
        (["--estimator", "GaussianNB", "--parameter", "smoothing=1"], "It has priors, var_smoothing."),
        (["--estimator", "GaussianNB", "--parameter", "var_smoothing=many"], "must be a float"),
        (["--estimator", "RandomForestClassifier", "--parameter", "n_jobs=2"], "no parameter n_jobs"),
        (["--estimator", "DecisionTreeClassifier", "--scale"], "Leave out --scale"),
        (["--estimator", "DecisionTreeClassifier", "--parameter", "max_depth=1"], "accuracy"),
    ],
)
def test_an_error_of_training_is_reported_in_one_line_and_nothing_is_written(
    options: list[str], complaint: str, tmp_path: Path
):
    result = run(tmp_path, *options)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_all_conflicts_between_options_are_reported_at_once(tmp_path: Path):
    options = ("--parameter", "C", "--scale", "--points", "5000", "--name", "Iris")
    result = run(tmp_path, *options)
    assert result.exit_code == 2
    for part in (
        "--parameter needs --estimator",
        "'C'; it must be KEY=VALUE",
        "--scale needs --estimator",
        "--points needs --verify",
        "--name is 'Iris'",
    ):
        assert part in result.stderr


def test_supported_classifiers_are_listed(tmp_path: Path):
    listed = json.loads(run(tmp_path, "--list", "--format", "json").stdout)["estimators"]
    assert {"LogisticRegression", "GradientBoostingClassifier"} <= {one["estimator"] for one in listed}
    assert "RidgeClassifier" in run(tmp_path, "--list").stdout


def test_missing_predictors_are_trained_and_existing_ones_unchanged(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.training.train.PREDICTORS", tmp_path)
    for name in ("iris-forest", "iris-logistic"):
        shutil.copytree(trained / name, tmp_path / name)
    before = contents(tmp_path)
    train_missing()
    after = contents(tmp_path)
    assert load_predictor(tmp_path / "iris-bayes").reproduces_known_answers()
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + len(FILES)


def test_a_predictor_in_an_earlier_format_is_trained_again(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.training.train.PREDICTORS", tmp_path)
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    manifest = tmp_path / "iris-bayes" / "manifest.json"
    described = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**described, "features": ["pl", "pw", "sl", "sw"]}))
    train_missing()
    assert load_predictor(tmp_path / "iris-bayes").reproduces_known_answers()


def test_a_predictor_that_differs_from_scikit_learn_fails_the_verification(trained: Path, tmp_path: Path):
    """Verify a card of another forest, which stands for an update of scikit-learn."""
    shutil.copytree(trained / "iris-forest", tmp_path / "iris-forest")
    manifest = tmp_path / "iris-forest" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 42', '"seed": 7'))
    result = run(tmp_path, "--verify", "--points", "1000", "--format", "json")
    assert result.exit_code == 1
    assert "iris-forest differs from scikit-learn" in result.stderr
    (verified,) = json.loads(result.stdout)["predictors"]
    assert verified["differences"] > 0
    assert set(verified["example"]) == {"pl", "pw", "sl", "sw"}
    assert verified["holds"] is False


@pytest.mark.parametrize("options", [["--verify"], ["--verify", "--name", "iris-oracle"]])
def test_nothing_to_verify_is_an_error(options: list[str], tmp_path: Path, trained: Path):
    result = run(trained if "--name" in options else tmp_path, *options)
    assert result.exit_code == 1
    assert "here is n" in result.stderr


def test_a_corrupt_predictor_is_not_verified(tmp_path: Path, trained: Path):
    folder = copy_predictor(trained, tmp_path / "predictors")
    edit_parameters(folder / "iris-forest", lambda packed: packed["left"].__setitem__(0, 0))
    result = run(folder, "--verify", "--points", "1000")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "iris-forest does not hold a predictor: its node 0 leads nowhere" in line


def test_an_unwritable_folder_is_reported_in_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    result = run(tmp_path / "file" / "below", *LOGISTIC)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Cannot write ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("epoch", ["yesterday", "1.5", "9" * 30])
def test_an_invalid_date_is_reported_in_one_line(tmp_path: Path, epoch: str):
    result = run(tmp_path, *LOGISTIC, epoch=epoch)
    assert result.exit_code == 1
    assert f"SOURCE_DATE_EPOCH is '{epoch}'" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_classifier_below_the_required_accuracy_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(floors, "IRIS_FLOOR", 0.999)
    result = run(tmp_path, *LOGISTIC)
    assert result.exit_code == 1
    assert "Nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []
