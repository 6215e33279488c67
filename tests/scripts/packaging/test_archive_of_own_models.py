"""Models of users, from a file to the answers of the packed function: labels and values of scikit-learn."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and skops have no types.

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from scripts.training.imported.import_model import import_model
from tests.scripts.packaging.test_function_archive import START
from tests.scripts.packed import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.one_python

ROWS = 10_000
BATCH = 1_000
PORTS = ("Cherbourg", "Queenstown", "Southampton")


@dataclass(frozen=True, kw_only=True)
class Fitted:
    model: Any
    names: list[str]
    examples: list[list[Any]]
    random: Callable[[np.random.Generator], Any]
    """Function that returns random rows, as the model takes them."""


def of_numbers(model: Any, data: Any, target: Any, names: Any) -> Fitted:
    low, high = data.min(axis=0), data.max(axis=0)
    return Fitted(
        model=model.fit(data, target),
        names=[str(name).replace(" ", "_").replace("/", "_") for name in names],
        examples=data.tolist(),
        random=lambda generator: generator.uniform(low, high, (ROWS, len(low))).round(4),
    )


def wine() -> Fitted:
    data: Any = load_wine()
    cultivars = np.array(["Barolo", "Grignolino", "Barbera"])[data.target]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return of_numbers(model, data.data, cultivars, data.feature_names)


def cancer() -> Fitted:
    data: Any = load_breast_cancer()
    names = np.array(data.target_names)[data.target].tolist()
    return of_numbers(HistGradientBoostingClassifier(max_iter=10), data.data, names, data.feature_names)


def diabetes() -> Fitted:
    data: Any = load_diabetes()
    return of_numbers(make_pipeline(StandardScaler(), Ridge()), data.data, data.target, data.feature_names)


def passengers() -> Fitted:
    """Return a pipeline over numbers and categories, of both of which some are missing."""

    def rows(generator: np.random.Generator, count: int = ROWS) -> Any:
        ages = np.where(generator.random(count) < 0.2, np.nan, generator.integers(1, 80, count))
        fares = generator.uniform(0, 90, count).round(2)
        ports = np.array(PORTS, dtype=object)[generator.integers(3, size=count)]
        return np.column_stack([ages.astype(object), fares.astype(object), ports])

    generator = np.random.default_rng(3)
    known = rows(generator, 300)
    score = (known[:, 2] == "Cherbourg") + known[:, 1].astype(float) / 50 + generator.normal(size=300)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [0, 1]),
            ("port", OneHotEncoder(), [2]),
        ]
    )
    return Fitted(
        model=make_pipeline(columns, LogisticRegression()).fit(known, np.where(score > 1.5, "yes", "no")),
        names=["age", "fare", "port"],
        examples=[
            [1.0, 0.0, "Cherbourg"],
            [79.0, 90.0, "Queenstown"],
            [None, 20.0, "Southampton"],
        ],
        random=rows,
    )


MODELS = {"wine": wine, "cancer": cancer, "diabetes": diabetes, "passengers": passengers}


@pytest.fixture(scope="module")
def fitted() -> dict[str, Fitted]:
    return {name: make() for name, make in MODELS.items()}


@pytest.fixture(scope="module")
def unpacked(
    fitted: dict[str, Fitted], packed_archives: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Unpacked archive of a function with all these models."""
    # It looks through all loaded modules: seconds in every process that collects these tests.
    from skops import io  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("own")
    for name, one in fitted.items():
        io.dump(one.model, folder / f"{name}.skops")
        example = [dict(zip(one.names, row, strict=True)) for row in one.examples]
        (folder / "rows.json").write_text(json.dumps(example))
        words = [str(folder / f"{name}.skops"), "--example", str(folder / "rows.json"), "--trust"]
        words += ["--target", "answer", "--points", "1000", "--output", str(folder / "predictors")]
        imported = CliRunner().invoke(import_model, words, catch_exceptions=False)
        assert imported.exit_code == 0, imported.stderr
    archive = run("lambda-local", folder / "predictors", packed_archives).stdout.strip()
    zipfile.ZipFile(archive).extractall(folder / "unpacked")
    return folder / "unpacked"


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None or np.isnan(value) else repr(float(value))


def post(name: str, body: str, kind: str, query: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "resource": "/{proxy+}",
        "requestContext": {},
        "path": f"/api/v01/predictors/{name}/predict",
        "multiValueQueryStringParameters": query,
        "headers": {"Content-Type": kind, "Accept": "application/json"},
        "body": body,
    }


def answers(unpacked: Path, events: list[dict[str, Any]]) -> list[Any]:
    """Return the bodies of the responses of the archive, which runs with nothing else installed."""
    ended = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", START, str(unpacked)],
        input=json.dumps(events),
        cwd=unpacked.parent,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    given: list[dict[str, Any]] = json.loads(ended.stdout)["answers"]
    assert {answer["statusCode"] for answer in given} == {200}, given[0]["body"][:500]
    return [json.loads(answer["body"]) for answer in given]


@pytest.mark.parametrize("name", MODELS)
def test_the_packed_function_gives_10_000_random_rows_the_answers_of_scikit_learn(
    name: str, fitted: dict[str, Fitted], unpacked: Path
):
    one = fitted[name]
    rows = one.random(np.random.default_rng(8))
    lines = [",".join(map(text_of, row)) for row in rows.tolist()]
    header = ",".join(one.names)
    events = [
        post(name, "\n".join([header, *lines[start : start + BATCH]]), "text/csv")
        for start in range(0, ROWS, BATCH)
    ]
    first = dict(zip(one.names, map(text_of, rows[0].tolist()), strict=True))
    (detailed, *batches) = answers(
        unpacked, [post(name, json.dumps(first), "application/json", {"detail": ["true"]}), *events]
    )
    ours = [row["answer"] for batch in batches for row in batch]
    expected = one.model.predict(rows).tolist()
    if name == "diabetes":
        assert ours == pytest.approx(expected, rel=1e-9)
        assert detailed["answer"] == pytest.approx(expected[0], rel=1e-9)
    else:
        assert ours == expected
        assert detailed["answer"] == expected[0]
        shares = list(detailed["probabilities"].values())
        assert shares == pytest.approx(one.model.predict_proba(rows[:1])[0].tolist(), abs=1e-6)
