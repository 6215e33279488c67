"""Table of the measured servers: how each is started, and the requests that it gets."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scripts.bench.serving.virtual_environments import python_of
from service.iris.definition import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT: Final = Path(__file__).resolve().parents[3]
APPS: Final = Path(__file__).resolve().parent / "apps"

BATCH: Final = 1_000
"""Number of flowers in a batch."""

_SERVER: Final = ("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--lifespan", "off")
_QUIET: Final = ("--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers")
"""Options of uvicorn, the same as those of this service."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkRequest:
    """HTTP request, and the text of its correct answer."""

    method: str
    path: str
    body: str = ""
    expected: str = "Iris Setosa"
    """Text that a correct answer contains once per flower."""
    flowers: int = 1


ONE: Final = "one"
"""Kind of the request that every server answers: one flower by POST."""

POST: Final = BenchmarkRequest(method="POST", path="/api/v01/classify", body=json.dumps(EXAMPLE))
PATH: Final = BenchmarkRequest(method="GET", path="/api/v01/classify/" + "/".join(map(str, EXAMPLE.values())))
QUERY: Final = BenchmarkRequest(
    method="GET", path="/api/v01/classify?" + "&".join(f"{name}={cm}" for name, cm in EXAMPLE.items())
)
MANY: Final = BenchmarkRequest(
    method="POST", path="/api/v01/classify/batch", body=json.dumps([EXAMPLE] * BATCH), flowers=BATCH
)
V2: Final = BenchmarkRequest(
    method="POST",
    path="/v2/models/iris/infer",
    body=json.dumps(
        {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP64", "data": list(EXAMPLE.values())}]}
    ),
)
"""Request of the Open Inference Protocol, for MLServer."""


@dataclass(frozen=True, kw_only=True)
class BenchFolders:
    """Folders that the servers need."""

    folder: Path
    """Folder of environments and models, which is kept between runs."""
    predictors: Path
    """Folder of this project's predictors."""

    def model(self, name: str) -> Path:
        """Return a pickled model of the tutorial, `logistic` or `forest`; train it first if missing."""
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
class LaunchCommand:
    """Command of a server, and variables to add to its environment."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class ServerCandidate:
    """HTTP server that classifies flowers."""

    name: str
    label: str
    explained: str
    launch: Callable[[BenchFolders, int], LaunchCommand]
    """Function (folders, port) -> command, which installs the server first.

    Raises:
        EnvironmentInstallError: It can't be installed.
    """
    request: BenchmarkRequest = POST
    """Request for one flower by POST."""
    others: Mapping[str, BenchmarkRequest] = field(default_factory=dict[str, BenchmarkRequest])
    """Kind -> further request."""
    distribution: str = ""
    """Distribution that the label names, whose version is shown; empty if the label names none."""


def launch_app(app: str, port: int, **variables: str) -> LaunchCommand:
    """Return the command of an application in the folder `apps`, behind uvicorn."""
    command = (sys.executable, "-m", "uvicorn", app, "--app-dir", str(APPS), "--port", str(port))
    return LaunchCommand(command=(*command, *_SERVER, *_QUIET), variables=variables)


def launch_ours(bench: BenchFolders, port: int, **variables: str) -> LaunchCommand:
    """Return the command of this service."""
    own = {"IRIS_PORT": str(port), "IRIS_PREDICTORS": str(bench.predictors)}
    return LaunchCommand(command=(sys.executable, "-m", "service.main"), variables=own | variables)


def _floor(_: BenchFolders, port: int) -> LaunchCommand:
    return launch_app("floor:app", port)


def _stock(bench: BenchFolders, port: int) -> LaunchCommand:
    return launch_app("stock:app", port, PREDICTORS=str(bench.predictors))


def _tutorial(bench: BenchFolders, port: int) -> LaunchCommand:
    return launch_app("tutorial:app", port, MODEL=str(bench.model("logistic")))


def _tutorial_with_forest(bench: BenchFolders, port: int) -> LaunchCommand:
    return launch_app("tutorial:app", port, MODEL=str(bench.model("forest")))


def _mlserver(bench: BenchFolders, port: int) -> LaunchCommand:
    python = python_of("mlserver", bench.folder)
    served = bench.folder / "mlserver-model"
    served.mkdir(exist_ok=True)
    model_settings = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(bench.model("logistic"))},
    }
    (served / "model-settings.json").write_text(json.dumps(model_settings), encoding="utf-8")
    # MLServer 1.7.1 with parallel workers stops under the latest uvloop, so it runs in one process.
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": 0,
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
    }
    (served / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return LaunchCommand(command=(str(python.parent / "mlserver"), "start", str(served)))


def _litserve(bench: BenchFolders, port: int) -> LaunchCommand:
    python = python_of("litserve", bench.folder)
    variables = {"MODEL": str(bench.model("logistic")), "PORT": str(port)}
    return LaunchCommand(command=(str(python), str(APPS / "with_litserve.py")), variables=variables)


def _bentoml(bench: BenchFolders, port: int) -> LaunchCommand:
    python = python_of("bentoml", bench.folder)
    app = ("with_bentoml:BentoIris", "--working-dir", str(APPS), "--host", "127.0.0.1", "--port", str(port))
    return LaunchCommand(
        command=(str(python), "-m", "bentoml", "serve", *app),
        variables={
            "MODEL": str(bench.model("logistic")),
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(bench.folder / "bentoml-home"),
        },
    )


def _ray(bench: BenchFolders, port: int) -> LaunchCommand:
    python = python_of("ray", bench.folder)
    return LaunchCommand(
        command=(str(python), str(APPS / "with_ray.py")),
        variables={
            "MODEL": str(bench.model("logistic")),
            "PORT": str(port),
            "RAY_USAGE_STATS_ENABLED": "0",
        },
    )


OURS: Final = "ours"
"""Name of this service."""


def ours_with(workers: int) -> ServerCandidate:
    """Return this service with a number of worker processes."""

    def launch(bench: BenchFolders, port: int) -> LaunchCommand:
        return launch_ours(bench, port, IRIS_WORKERS=str(workers))

    return ServerCandidate(name=OURS, label=f"Ours, {workers} workers", explained="", launch=launch)


CANDIDATES: Final = (
    ServerCandidate(
        name="floor",
        label="Bare server",
        explained="uvicorn, a static answer",
        launch=_floor,
        others={"path": PATH, "query": QUERY},
    ),
    ServerCandidate(
        name=OURS,
        label="Ours",
        explained="FastAPI, fast path in front",
        launch=launch_ours,
        others={"path": PATH, "query": QUERY, "batch": MANY},
    ),
    ServerCandidate(
        name="stock",
        label="FastAPI",
        distribution="fastapi",
        explained="pydantic in and out, our predictor",
        launch=_stock,
    ),
    ServerCandidate(
        name="tutorial",
        label="Tutorial",
        explained="FastAPI, scikit-learn, logistic regression",
        launch=_tutorial,
        others={"batch": MANY},
    ),
    ServerCandidate(
        name="forest",
        label="Tutorial, forest",
        explained="FastAPI, scikit-learn, 100 trees",
        launch=_tutorial_with_forest,
    ),
    ServerCandidate(
        name="mlserver",
        label="MLServer",
        distribution="mlserver",
        explained="scikit-learn, logistic regression",
        launch=_mlserver,
        request=V2,
    ),
    ServerCandidate(
        name="litserve",
        label="LitServe",
        distribution="litserve",
        explained="scikit-learn, logistic regression",
        launch=_litserve,
    ),
    ServerCandidate(
        name="bentoml",
        label="BentoML",
        distribution="bentoml",
        explained="scikit-learn, logistic regression",
        launch=_bentoml,
    ),
    ServerCandidate(
        name="ray",
        label="Ray Serve",
        distribution="ray",
        explained="proxy, replica, cluster on the one core",
        launch=_ray,
    ),
)
"""Measured servers in the order of the table; the chart is sorted by speed."""
