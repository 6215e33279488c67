"""Who is measured: our function, the same without its hot path, the tutorial's, and an empty one."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import sysconfig
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDLERS: Final = Path(__file__).resolve().parent / "handlers"

EVENT: Final[dict[str, Any]] = {
    "resource": "/{proxy+}",
    "path": "/api/v01/classify",
    "httpMethod": "GET",
    "headers": {"Host": "example.org"},
    "multiValueHeaders": {"Host": ["example.org"]},
    "queryStringParameters": {"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"},
    "multiValueQueryStringParameters": {"pl": ["1.4"], "pw": ["0.2"], "sl": ["5.1"], "sw": ["3.5"]},
    "requestContext": {"identity": {"sourceIp": "192.0.2.7"}},
    "body": None,
    "isBase64Encoded": False,
}
"""A request for one flower, as a REST API sends it (Lambda proxy integration)."""

SETOSA: Final = '{"specie":"Iris Setosa"}'


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One handler, and all that a process needs to run it."""

    name: str
    handler: str
    """As Lambda names it: `module.function`."""
    paths: tuple[Path, ...]
    """Where Python looks for modules, beside its standard library."""
    body: str
    """What it must answer to `EVENT`; who answers anything else is not measured, but a mistake."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the environment; there are no others."""


def ours(archive: Path, folder: Path) -> Contestant:
    """Unpack the archive for Lambda, with its bytecode, as Lambda does."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return Contestant(name="ours", handler="service.lambda_handler.handler", paths=(folder,), body=SETOSA)


def framework(unpacked: Path) -> Contestant:
    """Take the same archive, but let the framework answer everything."""
    return Contestant(name="framework", handler="framework.handler", paths=(HANDLERS, unpacked), body=SETOSA)


def tutorials(folder: Path) -> Contestant:
    """Train and pickle the tutorial's model. It runs on the libraries of this environment."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    iris: Any = load_iris()
    lengths = iris.data[:, [2, 3, 0, 1]]  # petals first, as the event names them
    species = [f"Iris {iris.target_names[target].capitalize()}" for target in iris.target]
    model = folder / "model.joblib"
    joblib.dump(LogisticRegression(max_iter=1_000).fit(lengths, species), model)
    installed = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    return Contestant(
        name="tutorial",
        handler="tutorial.handler",
        paths=(HANDLERS, *sorted(installed)),
        body=SETOSA,
        variables={"MODEL": str(model)},
    )


def empty() -> Contestant:
    """Return the floor that nobody can start below."""
    return Contestant(name="empty", handler="empty.handler", paths=(HANDLERS,), body="")
