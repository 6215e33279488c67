"""`iris train --data`: predictors with the labels of scikit-learn, and refusals with a way out."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false
# scikit-learn has no types.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scripts.training.export import fit
from scripts.training.own_data.csv_dataset import load_csv
from scripts.training.recipe import Recipe, default_for_data
from scripts.training.train import train
from service.model.registry import load_predictor, load_predictors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SETS: dict[str, tuple[Callable[[], Any], str]] = {
    "wine": (load_wine, "cultivar"),
    "breast-cancer": (load_breast_cancer, "diagnosis"),
}


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    path.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")
    return path


def write_set(folder: Path, name: str) -> Path:
    load, target = SETS[name]
    data = load()
    names = data.target_names.tolist()
    rows = [[*row, names[index]] for row, index in zip(data.data.tolist(), data.target.tolist(), strict=True)]
    return write_csv(folder / f"{name}.csv", [*data.feature_names, target], rows)


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(train, ["--output", str(folder), *options], catch_exceptions=False)


def refusal(tmp_path: Path, file: Path, *options: str) -> str:
    result = run(tmp_path / "predictors", "--data", str(file), *options)
    assert result.exit_code == 1, result.output
    assert not (tmp_path / "predictors").exists()
    return next(line for line in result.stderr.splitlines() if line.startswith("Error: "))


def random_rows(low: Sequence[float], high: Sequence[float]) -> list[tuple[float, ...]]:
    points = np.random.default_rng(7).uniform(low, high, (10_000, len(low)))
    return [tuple(row) for row in points.tolist()]


@pytest.mark.parametrize("name", SETS)
def test_10_000_random_rows_of_the_ranges_get_the_labels_of_scikit_learn(name: str, tmp_path: Path):
    path = write_set(tmp_path, name)
    load, target = SETS[name]
    result = run(tmp_path / "predictors", "--data", str(path), "--target", target)
    assert result.exit_code == 0, result.stderr
    predictor = load_predictors(tmp_path / "predictors").default
    predictor.model.specialize()
    features = predictor.definition.features
    rows = random_rows([one.minimum for one in features], [one.maximum for one in features])
    data = load()
    own: Any = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky", tol=1e-12))
    own.fit(data.data, data.target_names[data.target])
    assert predictor.predict_many(rows) == own.predict(rows).tolist()
    ours = [predictor.probabilities(row) for row in rows[:500]]
    assert np.abs(ours - own.predict_proba(rows[:500])).max() < 1e-6
    assert predictor.classes == tuple(own.classes_)
    assert predictor.reproduces_known_answers()


@pytest.mark.parametrize(
    ("estimator", "parameters"),
    [
        ("LinearDiscriminantAnalysis", {}),
        # It names one tumour at every random point of the ranges of 30 features that depend on each other.
        ("GaussianNB", {}),
        ("RandomForestClassifier", {"n_estimators": 10}),
        ("GradientBoostingClassifier", {"n_estimators": 10}),
    ],
)
def test_two_classes_and_30_features_are_exported_by_every_exact_format(
    estimator: str, parameters: dict[str, int], tmp_path: Path
):
    path = write_set(tmp_path, "breast-cancer")
    options = [text for key, value in parameters.items() for text in ("--parameter", f"{key}={value}")]
    result = run(
        *(tmp_path / "predictors", "--data", str(path), "--target", "diagnosis"),
        *("--estimator", estimator, "--name", "tumour", *options),
    )
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "predictors" / "tumour")
    features = predictor.definition.features
    rows = random_rows([one.minimum for one in features], [one.maximum for one in features])
    recipe = Recipe(name="tumour", estimator=estimator, parameters=parameters, seed=42)
    fitted = fit(recipe, load_csv(path, "diagnosis").dataset)
    expected = [predictor.classes[index] for index in fitted.predict(rows)]
    assert predictor.predict_many(rows) == expected


@pytest.mark.parametrize("offset", [0, 1e5, 1.7e9])
def test_a_feature_that_separates_the_classes_is_exported_however_far_its_mean_is(
    offset: float, tmp_path: Path
):
    rows = [(offset + n // 2 / 100, n * 7 % 13, "ab"[n >= 50]) for n in range(100)]
    path = write_csv(tmp_path / "steps.csv", ["x", "w", "y"], rows)
    result = run(tmp_path / "out", "--data", str(path), "--target", "y", "--features", "x,w")
    assert result.exit_code == 0, result.stderr
    # Folding the scaler into the weights would lose the last digits of a large mean.
    packed = json.loads((tmp_path / "out" / "steps" / "predictor.json").read_bytes())
    assert ("columns" in packed) is (offset > 0)
    predictor = load_predictor(tmp_path / "out" / "steps")
    recipe = default_for_data("steps", 42, has_categories=False)
    fitted = fit(recipe, load_csv(path, "y", ["x", "w"]).dataset)
    rows = random_rows([one.minimum for one in predictor.ranges], [one.maximum for one in predictor.ranges])
    assert predictor.predict_many(rows) == [predictor.classes[index] for index in fitted.predict(rows)]


def test_the_manifest_has_the_definition_the_held_out_score_and_the_baseline(tmp_path: Path):
    path = write_set(tmp_path, "wine")
    features = "hue,alcohol,od280/od315_of_diluted_wines"
    result = run(tmp_path / "out", "--data", str(path), "--target", "cultivar", "--features", features)
    assert result.exit_code == 0, result.stderr
    manifest = json.loads((tmp_path / "out" / "wine" / "manifest.json").read_bytes())
    definition = manifest["definition"]
    assert [one["short_name"] for one in definition["features"]] == [
        "hue",
        "alcohol",
        "od280_od315_of_diluted_wines",
    ]
    assert definition["features"][1] == {
        "name": "alcohol",
        "short_name": "alcohol",
        "type": "number",
        "minimum": 9.0,
        "maximum": 17.0,
    }
    assert definition["response_key"] == "cultivar"
    assert definition["example"] == {"hue": 1.04, "alcohol": 14.23, "od280_od315_of_diluted_wines": 3.92}
    held_out = manifest["metrics"]["held_out"]
    assert held_out["rows"] == 36
    # 71 of 178 wines are of the most frequent class, and so 14 of the 36 that are held out.
    assert held_out["baseline"]["accuracy"] == pytest.approx(14 / 36)
    assert held_out["accuracy"] > 0.8
    assert manifest["training"]["target"] == "cultivar"
    for shown in ("9 to 17", "11.03 to 14.83", "Predicted cultivar", "On 36 held-out rows"):
        assert shown in result.stdout


def test_a_category_is_learned_by_trees_with_its_levels(tmp_path: Path):
    rows = [
        (("red", "green", "blue")[n % 3], n % 7, "yes" if n % 3 == 1 or n % 7 > 4 else "no")
        for n in range(210)
    ]
    path = write_csv(tmp_path / "Fruit 2.csv", ["colour", "size (cm)", "ripe"], rows)
    assert run(tmp_path / "out", "--data", str(path), "--target", "ripe").exit_code == 0
    predictor = load_predictor(tmp_path / "out" / "fruit-2")
    colour, size = predictor.definition.features
    assert colour.levels == ("blue", "green", "red")
    assert (size.short_name, size.unit, size.type) == ("size", "cm", "integer")
    answers = {
        (level, n): predictor.predict(predictor.definition.row({"colour": level, "size": n}))
        for level, n, _ in rows
    }
    assert answers == {(level, n): ripe for level, n, ripe in rows}


def table(
    columns: dict[str, Callable[[int], object]], count: int = 100
) -> tuple[list[str], list[list[object]]]:
    return [*columns], [[column(n) for column in columns.values()] for n in range(count)]


@pytest.mark.parametrize(
    ("columns", "count", "complaint"),
    [
        ({}, 40, "There are 40 rows, and training needs at least 50."),
        ({"y": lambda _: "a"}, 100, "The target y has only one value"),
        ({"y": lambda n: n}, 100, "The target y identifies the rows: 100 of 100 values differ."),
        ({"y": lambda n: f"row {n}"}, 100, "The target y identifies the rows"),
        ({"y": lambda n: n / 7, "z": lambda n: n / 3}, 100, "z predicts y without an error"),
        ({"y": lambda n: "rare" if n < 4 else n % 2}, 100, "'rare' in line 2"),
        ({"y": lambda n: "rare" if n < 4 else "ab"[n % 2]}, 100, "fewer have rare (4)"),
        (
            {"y": lambda n: "" if n == 3 else "ab"[n % 2]},
            100,
            "The target y is missing in 1 row. Remove this row.",
        ),
        (
            {"y": lambda n: ("none", "a", "b")[n % 3]},
            100,
            "missing in 34 rows ('none'). Remove these rows, or write another text if that is a class.",
        ),
        (
            {"y": lambda n: "ab"[n % 2] + "\a"},
            100,
            "holds 'a\\x07', which has a character that can't be printed",
        ),
        ({"y": lambda n: "ab"[n % 2] * 101}, 100, "which has 101 characters, of 100 that are allowed."),
        ({"z" * 101: lambda n: n % 7}, 100, "zzz...' has 101 characters, of 100 that are allowed. Rename it"),
        ({"z": lambda n: f'"{"pq"[n * n % 3 % 2]}\n"' + "r"}, 100, "is not CSV"),
        ({"z": lambda n: f'"r\n{n * n % 3}"'}, 100, "Column z holds 'r\\n0', which has a line break."),
        ({"z": lambda n: n if n < 4 else ""}, 100, "z has a value in only 4 rows, of at least 10"),
        ({"z": lambda n: f"{n % 9 + 1}e300"}, 100, "z has numbers beyond 1e+100"),
        ({"z": lambda n: f"{n % 9 + 1}e-300"}, 100, "or that differ by less than 1e-100"),
        ({"z": lambda n: f"${n % 9 + 1}.50"}, 100, "z holds numbers with a sign, such as $1.50. Write plain"),
        ({"z": lambda n: f"{n % 9} %"}, 100, "z holds numbers with a sign, such as 0 %."),
        ({"z": lambda n: f"2026-01-{n % 9 + 10}"}, 100, "z holds dates, such as 2026-01-10. Write numbers"),
        ({"y": lambda n: f"€{n * 7 % 13}"}, 100, "The target y holds numbers with a sign"),
        ({f"z{place}": lambda n: n * n % 7 for place in range(1_000)}, 60, "There are 1,002 features, and"),
        ({"z": lambda _: 5}, 100, "z is constant. Use --features x,w"),
        ({"z": lambda n: n + 1}, 100, "z numbers the rows. Use --features x,w"),
        ({"z": lambda n: f"name {n}"}, 100, "z identifies the rows. Use --features x,w"),
        (
            {"z": lambda n: 3.5 + n % 2},
            100,
            "z predicts y without an error, as if it was known only afterwards",
        ),
        ({"z": lambda n: "ABCD"[n % 4]}, 100, "z predicts y without an error"),
        ({"z": lambda n: f"text {n % 150}"}, 300, "z has 150 different texts"),
    ],
)
def test_data_that_no_honest_model_comes_from_is_refused_with_a_way_out(
    columns: dict[str, Callable[[int], object]], count: int, complaint: str, tmp_path: Path
):
    plain: dict[str, Callable[[int], object]] = {
        "x": lambda n: n * n % 11,
        "w": lambda n: n * 7 % 13,
        "y": lambda n: "ab"[n % 2],
    }
    path = write_csv(tmp_path / "data.csv", *table(plain | columns, count))
    assert complaint in refusal(tmp_path, path, "--target", "y")


@pytest.mark.parametrize("texts", [("01", "02"), ("1.0", "2.0"), ("-1", "+1"), ("0", "1")])
def test_classes_are_named_as_in_the_file(texts: tuple[str, str], tmp_path: Path):
    header, rows = table({"x": lambda n: n * n % 11 - 10 * (n % 2), "y": lambda n: texts[n % 2]})
    path = write_csv(tmp_path / "data.csv", header, rows)
    result = run(tmp_path / "out", "--data", str(path), "--target", "y", "--floor", "0", "--features", "x")
    assert result.exit_code == 0, result.stderr
    assert load_predictor(tmp_path / "out" / "data").classes == texts


# openapi-python-client makes one field of both, and oapi-codegen two fields of the same name.
def test_names_in_requests_differ_by_more_than_case_and_underscores(tmp_path: Path):
    header = ["a", "A", "b_1", "b1", "a b", "Name", "name", "y"]
    rows = [[n * n % 11, n * 7 % 13, n % 5, n % 9, n % 8, n % 6, n % 3, "ab"[n % 2]] for n in range(100)]
    read = load_csv(write_csv(tmp_path / "data.csv", header, rows), "y", header[:-1])
    assert read.dataset.definition.short_names == ("a", "A_2", "b_1", "b1_2", "a_b", "Name", "name_2")


def test_a_class_that_is_written_in_two_ways_is_one_number(tmp_path: Path):
    header, rows = table({"x": lambda n: n * n % 11, "y": lambda n: ("1", "1.0", "2")[n % 3]})
    read = load_csv(write_csv(tmp_path / "data.csv", header, rows), "y")
    assert read.dataset.classes == ("1", "2")


def write_diabetes(folder: Path) -> Path:
    data: Any = load_diabetes()
    rows = [[*row, target] for row, target in zip(data.data.tolist(), data.target.tolist(), strict=True)]
    return write_csv(folder / "diabetes.csv", [*data.feature_names, "progression (points)"], rows)


def test_a_quantity_is_a_regression_with_its_unit_and_scored_against_the_mean(tmp_path: Path):
    path = write_diabetes(tmp_path)
    result = run(tmp_path / "out", "--data", str(path), "--target", "progression (points)")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "diabetes")
    assert (predictor.definition.task, predictor.definition.unit) == ("regression", "points")
    assert predictor.definition.response_key == "progression"
    assert predictor.classes == ()
    metrics = predictor.card["metrics"]
    # Ridge regression of the ten features explains about half of the variation.
    assert 0.4 < metrics["r2"] < 0.6
    assert 0.3 < metrics["held_out"]["r2"] < 0.7
    assert metrics["held_out"]["baseline"]["r2"] <= 0
    assert metrics["held_out"]["baseline"]["mean_absolute_error"] > metrics["held_out"]["mean_absolute_error"]
    assert "R²" in result.stdout
    refused = refusal(
        tmp_path / "x", path, "--target", "progression (points)", "--task", "classification", "--name", "x"
    )
    assert "is continuous (214 different whole numbers), and no class. Use --task regression" in refused


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--estimator", "LogisticRegression"], "LogisticRegression is for a classification, but"),
        (["--estimator", "SVR"], "SVR can't be exported"),
        (["--floor", "0.9"], "R² of diabetes is 0.492, but must be at least 0.9, the --floor"),
        (["--features", "sex"], "no better than always predicting the mean"),
    ],
)
def test_a_regression_that_does_not_fit_is_refused(options: list[str], complaint: str, tmp_path: Path):
    path = write_diabetes(tmp_path)
    assert complaint in refusal(tmp_path, path, "--target", "progression (points)", *options)


def test_a_regression_worse_than_the_mean_is_written_if_the_floor_says_so(tmp_path: Path):
    random = np.random.default_rng(1)
    path = write_csv(tmp_path / "noise.csv", ["x", "y"], random.normal(size=(100, 2)).tolist())
    assert "or set a --floor, which may be negative." in refusal(tmp_path, path, "--target", "y")
    refused = refusal(tmp_path, path, "--target", "y", "--floor", "0")
    assert "but must be at least 0, the --floor, which may be negative." in refused
    result = run(tmp_path / "out", "--data", str(path), "--target", "y", "--floor", "-0.5")
    assert result.exit_code == 0, result.stderr
    assert -0.5 <= load_predictor(tmp_path / "out" / "noise").card["metrics"]["r2"] < 0


@pytest.mark.parametrize("data", ["file", "iris"])
def test_no_accuracy_is_below_a_negative_floor(data: str, tmp_path: Path):
    header, rows = table({"x": lambda n: n * n % 11, "y": lambda n: "ab"[n % 2]})
    path = write_csv(tmp_path / "data.csv", header, rows)
    options = ["--data", str(path), "--target", "y"] if data == "file" else []
    result = run(tmp_path / "out", *options, "--floor", "-1")
    assert result.exit_code == 2
    assert "--floor is -1; an accuracy is from 0 to 1." in result.stderr


def test_a_revealing_column_that_is_named_is_taken_as_known(tmp_path: Path):
    header, rows = table({"z": lambda n: 3.5 + n % 2, "y": lambda n: "ab"[n % 2]})
    path = write_csv(tmp_path / "data.csv", header, rows)
    assert "No column can be learned from" in refusal(tmp_path, path, "--target", "y")
    result = run(
        tmp_path / "out",
        "--data",
        str(path),
        "--target",
        "y",
        "--features",
        "z",
        "--estimator",
        "DecisionTreeClassifier",
    )
    assert result.exit_code == 0, result.stderr


def test_a_predictor_below_the_floor_or_no_better_than_the_baseline_is_not_written(tmp_path: Path):
    header, rows = table({"x": lambda n: n * n % 11, "y": lambda n: "ab"[n % 5 == 0]})
    path = write_csv(tmp_path / "noise.csv", header, rows)
    assert "no better than always naming the most frequent class (0.800)" in refusal(
        tmp_path, path, "--target", "y"
    )
    assert (
        run(
            tmp_path / "low",
            "--data",
            str(path),
            "--target",
            "y",
            "--floor",
            "0.5",
            "--estimator",
            "DecisionTreeClassifier",
        ).exit_code
        == 0
    )
    wine = write_set(tmp_path, "wine")
    assert "must be at least 0.999" in refusal(tmp_path, wine, "--target", "cultivar", "--floor", "0.999")


def test_a_misspelt_column_is_suggested(tmp_path: Path):
    wine = write_set(tmp_path, "wine")
    assert "has no column 'cultivr'" in refusal(tmp_path, wine, "--target", "cultivr")
    assert "cultivar" in refusal(tmp_path, wine, "--target", "cultivr")
    assert "which a model can't know" in refusal(
        tmp_path, wine, "--target", "cultivar", "--features", "hue,cultivar"
    )


def test_the_verification_takes_the_file_that_a_predictor_was_trained_on(tmp_path: Path):
    wine, out = write_set(tmp_path, "wine"), tmp_path / "out"
    assert run(out, "--data", str(wine), "--target", "cultivar").exit_code == 0
    verified = run(out, "--verify", "--data", str(wine), "--points", "2000", "--format", "json")
    assert verified.exit_code == 0, verified.stderr
    assert json.loads(verified.stdout)["predictors"][0]["differences"] == 0
    without = run(out, "--verify", "--points", "2000")
    assert without.exit_code == 1
    assert "trained on other data: wine. Use --data." in without.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--data", "x.csv"], "--data needs --target"),
        (["--target", "y"], "--target needs --data"),
        (["--features", "y"], "--features needs --data"),
        (["--data", "x.csv", "--target", "y", "--name", "iris-logistic"], "is a predictor of the project"),
        (["--verify", "--floor", "0.5"], "--floor can't be combined"),
        (["--data", "x.csv", "--target", "y", "--scale"], "--scale needs --estimator"),
    ],
)
def test_conflicting_options_are_refused(options: list[str], complaint: str, tmp_path: Path):
    result = run(tmp_path, *options)
    assert result.exit_code == 2
    assert complaint in result.stderr
