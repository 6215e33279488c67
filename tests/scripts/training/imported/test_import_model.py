# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn, joblib and skops have no types.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import (
    GammaRegressor,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC

from scripts.training.imported.import_model import import_model
from service.model.registry import load_predictor

if TYPE_CHECKING:
    from pathlib import Path

WINE: Any = load_wine()
WINE_NAMES: list[str] = WINE.feature_names
DIABETES: Any = load_diabetes()

PORTS = np.array(["Southampton", "Cherbourg", "Queenstown"], dtype=object)


def run(folder: Path, model: Any, examples: Any, *options: str, name: str = "model.joblib") -> Result:
    path = folder / name
    if name.endswith(".skops"):
        # It looks through all loaded modules: seconds in every process that collects these tests.
        from skops import io  # noqa: PLC0415

        io.dump(model, path)
    elif not path.exists():
        joblib.dump(model, path)
    (folder / "rows.json").write_text(json.dumps(examples))
    arguments = [str(path), "--example", str(folder / "rows.json"), "--output", str(folder / "out"), *options]
    return CliRunner().invoke(import_model, arguments, catch_exceptions=False)


def wine_rows(count: int = 20) -> list[dict[str, float]]:
    return [dict(zip(WINE_NAMES, row, strict=True)) for row in WINE.data[::9][:count].tolist()]


def passengers() -> tuple[Any, Any, list[dict[str, Any]]]:
    random = np.random.default_rng(3)
    ages = np.where(random.random(200) < 0.2, np.nan, random.integers(1, 80, 200))
    fares, ports = random.gamma(2, 20, 200).round(2), PORTS[random.integers(3, size=200)]
    rows = np.column_stack([ages.astype(object), fares.astype(object), ports])
    target = np.where((ports == "Cherbourg") + fares / 50 + random.normal(size=200) / 2 > 1, "yes", "no")
    examples = [
        {"age": None if np.isnan(age) else age, "fare": fare, "port": port}
        for age, fare, port in rows[:30].tolist()
    ]
    return rows, target, examples


@pytest.mark.parametrize("encoder", [OneHotEncoder(handle_unknown="ignore", drop="first"), OrdinalEncoder()])
def test_a_pipeline_with_a_column_transformer_gives_its_labels_at_random_rows(encoder: Any, tmp_path: Path):
    rows, target, examples = passengers()
    columns = ColumnTransformer(
        [
            (
                "n",
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                [0, 1],
            ),
            ("c", encoder, [2]),
        ]
    )
    fitted: Any = make_pipeline(columns, LogisticRegression()).fit(rows, target)
    result = run(tmp_path, fitted, examples, "--target", "survived", name="passengers.skops")
    assert result.exit_code == 0, result.stderr
    assert "Equal to passengers.skops at 10,000 random points" in result.stdout
    predictor = load_predictor(tmp_path / "out" / "passengers")
    age, fare, port = predictor.definition.features
    assert port.levels == ("Cherbourg", "Queenstown", "Southampton")
    assert (age.optional, fare.optional) == (True, True)
    assert predictor.classes == ("no", "yes")
    given = [predictor.definition.row(example) for example in examples]
    assert predictor.predict_many(given) == fitted.predict(rows[:30]).tolist()
    ours = [predictor.probabilities(row) for row in given]
    assert np.abs(ours - fitted.predict_proba(rows[:30])).max() < 1e-9
    assert predictor.reproduces_known_answers()


@pytest.mark.parametrize(
    "fitted",
    [
        make_pipeline(RobustScaler(), LogisticRegression(max_iter=2000)),
        make_pipeline(MinMaxScaler(), RandomForestClassifier(n_estimators=5, random_state=1)),
        RandomForestClassifier(n_estimators=5, random_state=1),
        HistGradientBoostingClassifier(max_iter=5),
    ],
)
def test_classes_that_are_texts_keep_their_names(fitted: Any, tmp_path: Path):
    names = np.array(["Barolo", "Grignolino", "Barbera"])[WINE.target]
    fitted.fit(WINE.data, names)
    result = run(tmp_path, fitted, wine_rows(), "--trust", "--name", "wine", "--points", "2000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "wine")
    assert predictor.classes == ("Barbera", "Barolo", "Grignolino")
    rows = [tuple(row) for row in WINE.data.tolist()]
    allowed = [feature.minimum for feature in predictor.definition.features]
    assert all(low <= value for low, value in zip(allowed, WINE.data[0], strict=True))
    assert predictor.predict_many(rows) == fitted.predict(WINE.data).tolist()


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (
            [make_pipeline(StandardScaler(), MinMaxScaler()), make_pipeline(RobustScaler(), GaussianNB())],
            "gaussian",
        ),
        (["passthrough", LogisticRegression(max_iter=5000)], "linear"),
        ([FunctionTransformer(), SelectKBest(k=3), GaussianNB()], "gaussian"),
        (
            [
                ColumnTransformer(
                    [("scaled", StandardScaler(), [0, 3]), ("left_out", "drop", [1])], remainder="passthrough"
                ),
                GaussianNB(),
            ],
            "gaussian",
        ),
        (
            [ColumnTransformer([("two", "passthrough", [4, 2])]), RandomForestClassifier(5, random_state=1)],
            "trees",
        ),
        (
            [
                FeatureUnion([("all", "passthrough"), ("none", "drop"), ("best", SelectKBest(k=2))]),
                GaussianNB(),
            ],
            "gaussian",
        ),
        ([StandardScaler(), PCA(3), LogisticRegression()], "onnx"),
        ([StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=1000)], "onnx"),
        ([MinMaxScaler(clip=True), GaussianNB()], "onnx"),
    ],
)
def test_every_step_of_a_pipeline_is_packed(steps: list[Any], kind: str, tmp_path: Path):
    fitted: Any = make_pipeline(*steps).fit(WINE.data, WINE.target)
    result = run(tmp_path, fitted, wine_rows(), "--trust", "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    assert predictor.kind == kind
    rows = [tuple(row) for row in WINE.data.tolist()]
    assert predictor.predict_many(rows) == fitted.predict(WINE.data).astype(str).tolist()
    ours = np.array([predictor.probabilities(row) for row in rows])
    assert np.abs(ours - fitted.predict_proba(WINE.data)).max() < 1e-9


@pytest.mark.one_python
def test_a_graph_follows_the_encoding_of_texts(tmp_path: Path):
    rows, target, examples = passengers()
    columns = ColumnTransformer(
        [("n", SimpleImputer(), [0, 1]), ("c", OneHotEncoder(), [2])], sparse_threshold=0
    )
    fitted: Any = make_pipeline(columns, StandardScaler(), PCA(3), LogisticRegression()).fit(rows, target)
    result = run(tmp_path, fitted, examples, "--trust", "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    given = [predictor.definition.row(example) for example in examples]
    assert predictor.predict_many(given) == fitted.predict(rows[:30]).tolist()


def test_a_step_that_takes_texts_and_has_no_form_is_refused_with_the_way_out(tmp_path: Path):
    rows, target, examples = passengers()
    numbers = make_pipeline(SimpleImputer(), PolynomialFeatures(2), StandardScaler())
    columns = ColumnTransformer([("n", numbers, [0, 1]), ("c", OneHotEncoder(), [2])])
    fitted: Any = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(rows, target)
    result = run(tmp_path, fitted, examples, "--trust")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The pipeline can't be exported: PolynomialFeatures has no form of its own, and ONNX "
        "takes no texts here. Encode them in a step before it, by a OneHotEncoder or an OrdinalEncoder.\n"
    )


def test_a_regressor_of_which_one_row_is_given_takes_its_ranges_from_the_scaler(tmp_path: Path):
    fitted: Any = make_pipeline(StandardScaler(), Ridge()).fit(DIABETES.data, DIABETES.target)
    example = dict(zip(DIABETES.feature_names, DIABETES.data[0].tolist(), strict=True))
    result = run(tmp_path, fitted, example, "--trust", "--target", "progression", "--unit", "points")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    deviation = DIABETES.data[:, 0].std()
    age = predictor.definition.features[0]
    assert (age.minimum, age.maximum) == pytest.approx((-6 * deviation, 6 * deviation), rel=1e-6)
    assert predictor.definition.unit == "points"
    assert predictor.predict(tuple(DIABETES.data[0].tolist())) == pytest.approx(
        fitted.predict(DIABETES.data[:1])[0], rel=1e-9
    )


@pytest.mark.one_python
@pytest.mark.parametrize(
    "fitted",
    [
        VotingClassifier(
            [("linear", make_pipeline(StandardScaler(), LogisticRegression())), ("bayes", GaussianNB())],
            voting="soft",
        ),
        StackingClassifier([("linear", make_pipeline(StandardScaler(), LogisticRegression()))], cv=2),
        GridSearchCV(
            make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}
        ),
    ],
    ids=lambda fitted: type(fitted).__name__,
)
def test_estimators_made_of_others_give_their_labels_at_random_rows(fitted: Any, tmp_path: Path):
    fitted.fit(WINE.data, WINE.target)
    names = "Barolo,Grignolino,Barbera"
    result = run(tmp_path, fitted, wine_rows(), "--trust", "--points", "1000", "--classes", names)
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    low, high = WINE.data.min(axis=0), WINE.data.max(axis=0)
    points = np.random.default_rng(4).uniform(low, high, (1000, len(WINE_NAMES)))
    rows = [tuple(row) for row in points.tolist()]
    expected = np.array(names.split(","))[fitted.predict(points)]
    assert predictor.predict_many(rows) == expected.tolist()
    ours = np.array([predictor.probabilities(row) for row in rows])
    assert np.abs(ours - fitted.predict_proba(points)).max() < 1e-9


@pytest.mark.parametrize(
    "fitted",
    [
        make_pipeline(StandardScaler(), PoissonRegressor()),
        GammaRegressor(),
        TweedieRegressor(power=0),
        TweedieRegressor(power=1.5),
    ],
)
def test_generalized_linear_models_give_the_values_of_scikit_learn(fitted: Any, tmp_path: Path):
    fitted.fit(DIABETES.data, DIABETES.target)
    examples = [dict(zip(DIABETES.feature_names, row, strict=True)) for row in DIABETES.data[::9].tolist()]
    result = run(tmp_path, fitted, examples, "--trust", "--points", "1000")
    assert result.exit_code == 0, result.stderr
    predictor = load_predictor(tmp_path / "out" / "model")
    assert predictor.kind == "linear"
    rows = [tuple(row) for row in DIABETES.data.tolist()]
    assert predictor.predict_many(rows) == pytest.approx(fitted.predict(DIABETES.data), rel=1e-9)


@pytest.mark.parametrize(
    ("classes", "complaint"),
    [
        ("Barolo,Barbera", "--classes has 2 names, but the model has 3 classes: 0, 1, 2."),
        ("Barolo,Barolo,Barbera", "classes"),
    ],
)
def test_names_of_classes_must_be_as_many_and_different(classes: str, complaint: str, tmp_path: Path):
    fitted: Any = GaussianNB().fit(WINE.data, WINE.target)
    result = run(tmp_path, fitted, wine_rows(), "--trust", "--classes", classes)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert complaint in result.stderr


def test_a_pickle_is_not_read_without_trust(tmp_path: Path):
    class Code:
        def __reduce__(self) -> tuple[Any, ...]:
            return (open, (str(tmp_path / "ran"), "w"))

    result = run(tmp_path, Code(), wine_rows())
    assert result.exit_code == 1
    assert "reading it runs all code in it, with your rights" in result.stderr
    assert "--trust" in result.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("model", "examples", "complaint"),
    [
        ({"a": 1}, [{"x": 1}], "holds a dict, not a fitted estimator"),
        (IsotonicRegression().fit([0, 1], [0, 1]), [{"x": 1}], "holds an IsotonicRegression, not"),
        (
            MultiOutputRegressor(Ridge()).fit([[0], [1]], [[0, 1], [1, 2]]),
            [{"x": 0}, {"x": 1}],
            "several values at once",
        ),
        (
            VotingClassifier([("bayes", GaussianNB())]).fit([[0], [1]] * 2, ["a", "b"] * 2),
            [{"x": 0}, {"x": 1}],
            "VotingClassifier can't be exported: as it was fitted, it gives no probabilities",
        ),
        (
            make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit([[0], [1]], [0, 1]),
            [{"x": 0}, {"x": 1}],
            "FunctionTransformer and Ridge can't be converted to ONNX",
        ),
        (LogisticRegression(), [{"x": 1}], "not a fitted estimator"),
        (
            RandomForestClassifier(2).fit([[0], [1]], [0, 1]),
            [{"x": 1, "y": 2}],
            "takes 1 feature, but the example has x, y",
        ),
        (RandomForestClassifier(2).fit([[0], [1]], [0, 1]), [{"x": 1}], "The range of x is unknown"),
        (RandomForestClassifier(2).fit([[0], [1]], [0, 1]), [], "must be a JSON object"),
        (SVC().fit([[0], [1]], [0, 1]), [{"x": 0}, {"x": 1}], "SVC can't be exported"),
        (Ridge().fit([[0], [1]], [[0, 1], [1, 2]]), [{"x": 0}, {"x": 1}], "several values at once"),
        (
            RandomForestRegressor(2).fit([[0], [1]], [[0, 1], [1, 2]]),
            [{"x": 0}, {"x": 1}],
            "several values at once",
        ),
        (
            RandomForestClassifier(2).fit([[0], [1]], [[0, 1], [1, 0]]),
            [{"x": 0}, {"x": 1}],
            "several values at once",
        ),
        (
            OneVsOneClassifier(LogisticRegression()).fit([[0], [1], [2]] * 2, ["a", "b", "c"] * 2),
            [{"x": 0}, {"x": 1}],
            "OneVsOneClassifier can't be",
        ),
    ],
)
def test_a_model_that_can_not_be_imported_is_refused_in_one_line(
    model: Any, examples: Any, complaint: str, tmp_path: Path
):
    result = run(tmp_path, model, examples, "--trust")
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("model.joblib", b"no pickle", "Cannot read model.joblib"),
        ("model.pkl", b"", "Cannot read model.pkl"),
        ("model.skops", b"no archive", "Cannot read model.skops"),
        ("model.txt", b"text", "its format is unknown"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(name: str, content: bytes, complaint: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "rows.json").write_text('{"x": 1}')
    result = CliRunner().invoke(
        import_model,
        [
            str(tmp_path / name),
            "--example",
            str(tmp_path / "rows.json"),
            "--trust",
            "--output",
            str(tmp_path / "out"),
        ],
    )
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1
