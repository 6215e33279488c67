"""Who is measured, how each is started, and what each is asked: one table."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scripts.bench.serving.environments import python_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT: Final = Path(__file__).resolve().parents[3]
APPS: Final = Path(__file__).resolve().parent / "apps"

LENGTHS: Final = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
"""The first flower of Fisher's data set, in centimetres: an Iris Setosa."""

BATCH: Final = 1_000
"""Flowers in a batch."""

_SERVER: Final = ("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--lifespan", "off")
_QUIET: Final = ("--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers")
"""uvicorn as our own service starts it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One HTTP request, and what tells that its answer is right."""

    method: str
    path: str
    body: str = ""
    expected: str = "Iris Setosa"
    """Part of each right answer."""
    flowers: int = 1


ONE: Final = "one"
"""What the question is called that everybody answers: one flower by POST."""

POST: Final = Question(method="POST", path="/api/v01/classify", body=json.dumps(LENGTHS))
PATH: Final = Question(method="GET", path="/api/v01/classify/" + "/".join(map(str, LENGTHS.values())))
QUERY: Final = Question(
    method="GET", path="/api/v01/classify?" + "&".join(f"{name}={cm}" for name, cm in LENGTHS.items())
)
MANY: Final = Question(
    method="POST", path="/api/v01/classify/batch", body=json.dumps([LENGTHS] * BATCH), flowers=BATCH
)
V2: Final = Question(
    method="POST",
    path="/v2/models/iris/infer",
    body=json.dumps(
        {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP64", "data": list(LENGTHS.values())}]}
    ),
)
"""The Open Inference Protocol, which MLServer speaks."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What the contestants find in place."""

    folder: Path
    """For environments and models; stays between runs."""
    predictors: Path
    """Our packed predictors."""

    def model(self, name: str) -> Path:
        """Train and pickle one of the tutorial's models, unless that is done: `logistic` or `forest`."""
        import joblib
        import sklearn
        from sklearn.datasets import load_iris
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression

        pickled = self.folder / f"{name}-{sklearn.__version__}.joblib"
        if not pickled.exists():
            iris: Any = load_iris()
            species = [f"Iris {iris.target_names[target].capitalize()}" for target in iris.target]
            kinds = {
                "logistic": LogisticRegression(max_iter=1_000),
                "forest": RandomForestClassifier(n_estimators=100, random_state=0),
            }
            joblib.dump(kinds[name].fit(iris.data[:, [2, 3, 0, 1]], species), pickled)
        return pickled


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to run. The variables are added to the environment; PORT is the port in any case."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """Somebody who answers questions about flowers over HTTP."""

    name: str
    label: str
    explained: str
    launch: Callable[[Bench, int], Launch]
    """(what is in place, port) -> what to run. Installs what it needs.

    Raises:
        EnvironmentFailed: it cannot be installed.
    """
    question: Question = POST
    """One flower by POST."""
    others: Mapping[str, Question] = field(default_factory=dict[str, Question])
    """What else it is asked, by a word for it."""


def _uvicorn(app: str, port: int, **variables: str) -> Launch:
    command = (sys.executable, "-m", "uvicorn", app, "--app-dir", str(APPS), "--port", str(port))
    return Launch(command=(*command, *_SERVER, *_QUIET), variables=variables)


def _ours(bench: Bench, port: int, **variables: str) -> Launch:
    own = {"IRIS_PORT": str(port), "IRIS_PREDICTORS": str(bench.predictors)}
    return Launch(command=(sys.executable, "-m", "service.main"), variables=own | variables)


def _floor(_: Bench, port: int) -> Launch:
    return _uvicorn("floor:app", port)


def _stock(bench: Bench, port: int) -> Launch:
    return _uvicorn("stock:app", port, PREDICTORS=str(bench.predictors))


def _tutorial(bench: Bench, port: int) -> Launch:
    return _uvicorn("tutorial:app", port, MODEL=str(bench.model("logistic")))


def _tutorial_with_forest(bench: Bench, port: int) -> Launch:
    return _uvicorn("tutorial:app", port, MODEL=str(bench.model("forest")))


def _mlserver(bench: Bench, port: int) -> Launch:
    python = python_of("mlserver", bench.folder)
    served = bench.folder / "mlserver-model"
    served.mkdir(exist_ok=True)
    described = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(bench.model("logistic"))},
    }
    (served / "model-settings.json").write_text(json.dumps(described), encoding="utf-8")
    # Its version 1.7.1 stops with workers of its own under the newest uvloop; one process it is.
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": 0,
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
    }
    (served / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return Launch(command=(str(python.parent / "mlserver"), "start", str(served)))


def _litserve(bench: Bench, port: int) -> Launch:
    python = python_of("litserve", bench.folder)
    variables = {"MODEL": str(bench.model("logistic")), "PORT": str(port)}
    return Launch(command=(str(python), str(APPS / "with_litserve.py")), variables=variables)


def _bentoml(bench: Bench, port: int) -> Launch:
    python = python_of("bentoml", bench.folder)
    app = ("with_bentoml:Iris", "--working-dir", str(APPS), "--host", "127.0.0.1", "--port", str(port))
    return Launch(
        command=(str(python), "-m", "bentoml", "serve", *app),
        variables={
            "MODEL": str(bench.model("logistic")),
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(bench.folder / "bentoml-home"),
        },
    )


def _ray(bench: Bench, port: int) -> Launch:
    python = python_of("ray", bench.folder)
    return Launch(
        command=(str(python), str(APPS / "with_ray.py")),
        variables={
            "MODEL": str(bench.model("logistic")),
            "PORT": str(port),
            "RAY_USAGE_STATS_ENABLED": "0",
        },
    )


OURS: Final = "ours"
"""Name of the service itself among those that are measured."""


def ours_with(workers: int) -> Contestant:
    """Return ours, with so many processes on one port."""

    def launch(bench: Bench, port: int) -> Launch:
        return _ours(bench, port, IRIS_WORKERS=str(workers))

    return Contestant(name=OURS, label=f"Ours, {workers} workers", explained="", launch=launch)


CONTESTANTS: Final = (
    Contestant(
        name="floor",
        label="Bare server",
        explained="uvicorn, a static answer",
        launch=_floor,
        others={"path": PATH, "query": QUERY},
    ),
    Contestant(
        name=OURS,
        label="Ours",
        explained="FastAPI, hot path in front",
        launch=_ours,
        others={"path": PATH, "query": QUERY, "batch": MANY},
    ),
    Contestant(
        name="stock",
        label="FastAPI",
        explained="pydantic in and out, our predictor",
        launch=_stock,
    ),
    Contestant(
        name="tutorial",
        label="Tutorial",
        explained="FastAPI, scikit-learn, logistic regression",
        launch=_tutorial,
        others={"batch": MANY},
    ),
    Contestant(
        name="forest",
        label="Tutorial, forest",
        explained="FastAPI, scikit-learn, 100 trees",
        launch=_tutorial_with_forest,
    ),
    Contestant(
        name="mlserver",
        label="MLServer",
        explained="scikit-learn, logistic regression",
        launch=_mlserver,
        question=V2,
    ),
    Contestant(
        name="litserve",
        label="LitServe",
        explained="scikit-learn, logistic regression",
        launch=_litserve,
    ),
    Contestant(
        name="bentoml",
        label="BentoML",
        explained="scikit-learn, logistic regression",
        launch=_bentoml,
    ),
    Contestant(
        name="ray",
        label="Ray Serve",
        explained="scikit-learn, logistic regression",
        launch=_ray,
    ),
)
"""In the order of the table; the chart begins with the fastest."""
