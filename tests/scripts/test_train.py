"""The trained predictor, as packed for the service, held against scikit-learn itself."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sklearn.metrics  # pyright: ignore[reportMissingTypeStubs] (it has none)
import sklearn.model_selection  # pyright: ignore[reportMissingTypeStubs] (it has none)
from click.testing import CliRunner, Result
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs] (it has none)

from scripts import training
from scripts.train import train
from service.flower import Flower
from service.predictors import Predictor, PredictorError, load_predictor

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("predictor.json", "manifest.json")


def run(folder: Path, *options: str, epoch: str | None = None) -> Result:
    return CliRunner().invoke(
        train, ["--output", str(folder), *options], env={"SOURCE_DATE_EPOCH": epoch}, catch_exceptions=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / "iris-logistic" / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("predictors")
    assert run(folder).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def predictor(trained: Path) -> Predictor:
    return load_predictor(trained / "iris-logistic")


@pytest.fixture(scope="module")
def data() -> training.Dataset:
    return training.load_data()


@pytest.fixture(scope="module")
def fitted(data: training.Dataset) -> Any:
    """scikit-learn's own classifier, as trained and never packed."""
    classifier: Any = training.new_classifier()
    return classifier.fit(data.lengths, data.species)


def names(data: training.Dataset, indices: Any) -> list[str]:
    return [data.classes[index] for index in indices]


@pytest.fixture(scope="module")
def random_lengths() -> np.ndarray[Any, Any]:
    """10,000 points of the feature space, half of them among the flowers and half all over it."""
    generator = np.random.default_rng(7)
    among, anywhere = generator.uniform(0, 8, (5_000, 4)), generator.uniform(0, 100, (5_000, 4))
    return np.vstack([among, anywhere])


def test_columns_are_in_the_order_of_the_flower(data: training.Dataset):
    first = Flower(*data.lengths[0].tolist())
    assert first == Flower(pl=1.4, pw=0.2, sl=5.1, sw=3.5)
    assert data.classes == ("Iris Setosa", "Iris Versicolor", "Iris Virginica")


def test_the_150_flowers_are_classified_as_scikit_learn_classifies_them(
    predictor: Predictor, data: training.Dataset, fitted: Any
):
    expected = names(data, fitted.predict(data.lengths))
    assert predictor.predict_many(Flower(*row) for row in data.lengths.tolist()) == expected


def test_so_they_are_by_the_classifier_that_scikit_learn_makes_by_default(
    predictor: Predictor, data: training.Dataset
):
    default: Any = LogisticRegression(max_iter=1_000)
    expected = names(data, default.fit(data.lengths, data.species).predict(data.lengths))
    assert predictor.predict_many(Flower(*row) for row in data.lengths.tolist()) == expected


def test_ten_thousand_random_points_are_classified_without_one_difference(
    predictor: Predictor, data: training.Dataset, fitted: Any, random_lengths: np.ndarray[Any, Any]
):
    expected = names(data, fitted.predict(random_lengths))
    predicted = predictor.predict_many(Flower(*row) for row in random_lengths.tolist())
    assert sum(ours != theirs for ours, theirs in zip(predicted, expected, strict=True)) == 0
    assert len(set(predicted)) == 3


def test_probabilities_are_those_of_scikit_learn(
    predictor: Predictor, data: training.Dataset, fitted: Any, random_lengths: np.ndarray[Any, Any]
):
    lengths = np.vstack([data.lengths, random_lengths])
    ours = np.array([predictor.probabilities(Flower(*row)) for row in lengths.tolist()])
    assert np.abs(ours - fitted.predict_proba(lengths)).max() < 1e-9


def test_cross_validated_accuracy_is_at_least_95_percent(trained: Path, data: training.Dataset):
    manifest = json.loads(contents(trained)["manifest.json"])
    validation = training.cross_validate(data, seed=manifest["training"]["seed"])
    assert manifest["metrics"]["accuracy"] == validation.accuracy >= 0.95
    assert manifest["metrics"]["accuracy_per_fold"] == list(validation.accuracy_per_fold)
    assert len(validation.accuracy_per_fold) == 5


@pytest.mark.parametrize("seed", range(5))
def test_that_accuracy_does_not_hang_on_how_the_flowers_are_shuffled(data: training.Dataset, seed: int):
    assert training.cross_validate(data, seed=seed).accuracy >= 0.95


def test_the_confusion_matrix_counts_every_flower_once(data: training.Dataset):
    validation = training.cross_validate(data, seed=0)
    assert [sum(row) for row in validation.confusion] == [50, 50, 50]
    right = sum(validation.confusion[index][index] for index in range(3))
    assert math.isclose(validation.accuracy, right / 150)
    assert math.isclose(np.mean(validation.accuracy_per_fold), validation.accuracy)


def test_the_same_seed_and_date_give_the_same_bytes(tmp_path: Path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        assert run(folder, epoch="1700000000").exit_code == 0
    assert contents(folders[0]) == contents(folders[1])
    manifest = json.loads(contents(folders[0])["manifest.json"])
    assert manifest["trained_at"] == "2023-11-14T22:13:20Z"


def test_training_again_changes_nothing_not_even_the_date(tmp_path: Path):
    assert run(tmp_path, epoch="1700000000").exit_code == 0
    before = contents(tmp_path)
    again = run(tmp_path)
    assert "Nothing changed" in again.stdout
    assert contents(tmp_path) == before


def test_another_seed_gives_another_manifest_but_the_same_parameters(trained: Path, tmp_path: Path):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    result = run(tmp_path, "--seed", "7", "--format", "json")
    assert json.loads(result.stdout)["changed"] is True
    assert contents(tmp_path)["predictor.json"] == contents(trained)["predictor.json"]
    assert json.loads(contents(tmp_path)["manifest.json"])["training"]["seed"] == 7


def test_a_tampered_predictor_is_refused_and_training_again_repairs_it(trained: Path, tmp_path: Path):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "iris-logistic" / "predictor.json"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(PredictorError):
        load_predictor(path.parent)
    run(tmp_path)
    assert contents(tmp_path) == contents(trained)


def test_the_predictor_is_plain_json_and_its_numbers_are_read_back_exactly(
    trained: Path, data: training.Dataset
):
    packed = json.loads(contents(trained)["predictor.json"])
    assert set(packed) == {"kind", "coefficients", "intercepts"}
    fitted: Any = training.fit(data)
    assert np.array_equal(packed["coefficients"], fitted.coef_)
    assert np.array_equal(packed["intercepts"], fitted.intercept_)


def test_the_manifest_says_what_it_is_and_where_it_comes_from(trained: Path, predictor: Predictor):
    manifest = json.loads(contents(trained)["manifest.json"])
    assert manifest["name"] == "iris-logistic"
    assert [feature["name"] for feature in manifest["features"]] == ["pl", "pw", "sl", "sw"]
    assert manifest["features"][0] == {
        "name": "pl",
        "long_name": "petal length",
        "unit": "cm",
        "minimum": 1.0,
        "maximum": 6.9,
    }
    assert manifest["training"]["rows"] == sum(manifest["training"]["rows_per_class"]) == 150
    assert set(manifest["libraries"]) == {"python", "numpy", "scikit-learn"}
    assert {known.specie for known in predictor.known_answers} == set(predictor.classes)
    assert predictor.gives_known_answers()


def test_the_metrics_are_those_that_scikit_learn_computes(data: training.Dataset):
    validation = training.cross_validate(data, seed=42)
    folds = sklearn.model_selection.StratifiedKFold(5, shuffle=True, random_state=42)
    probabilities: Any = sklearn.model_selection.cross_val_predict(
        training.new_classifier(), data.lengths, data.species, cv=folds, method="predict_proba"
    )
    taken_for = probabilities.argmax(axis=1)
    precision, recall, _, _ = sklearn.metrics.precision_recall_fscore_support(data.species, taken_for)
    assert validation.precision == pytest.approx(precision)
    assert validation.recall == pytest.approx(recall)
    assert validation.log_loss == pytest.approx(sklearn.metrics.log_loss(data.species, probabilities))


def test_every_fold_and_every_species_is_shown(trained: Path):
    shown = run(trained).stdout
    for expected in (
        "Fold",
        "1.000",
        "all",
        "0.967",
        "Iris Setosa",
        "Iris Versicolor",
        "Iris Virginica",
        "48",
    ):
        assert expected in shown


def test_json_has_the_same_figures(trained: Path):
    shown = json.loads(run(trained, "--format", "json").stdout)
    manifest = json.loads(contents(trained)["manifest.json"])
    assert shown["metrics"] == manifest["metrics"]
    assert shown["version"] == manifest["version"]
    assert shown["folder"] == str(trained / "iris-logistic")


def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    result = run(tmp_path / "file" / "below")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Cannot write ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("epoch", ["yesterday", "1.5", "9" * 30])
def test_a_date_that_is_none_is_said_in_one_line(tmp_path: Path, epoch: str):
    result = run(tmp_path, epoch=epoch)
    assert result.exit_code == 1
    assert f"SOURCE_DATE_EPOCH is '{epoch}'" in result.stderr
    assert not (tmp_path / "iris-logistic").exists()


def test_a_classifier_that_is_not_good_enough_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "REQUIRED_ACCURACY", 0.999)
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "Nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []
