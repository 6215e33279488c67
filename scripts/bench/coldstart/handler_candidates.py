"""Measured handlers: the function with and without its fast path, the tutorial's, and an empty one."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import sysconfig
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service.iris.definition import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDLERS: Final = Path(__file__).resolve().parent / "handlers"

EVENT: Final[dict[str, Any]] = {
    "resource": "/{proxy+}",
    "path": "/api/v01/classify",
    "httpMethod": "GET",
    "headers": {"Host": "example.org"},
    "multiValueHeaders": {"Host": ["example.org"]},
    "queryStringParameters": {name: str(length) for name, length in EXAMPLE.items()},
    "multiValueQueryStringParameters": {name: [str(length)] for name, length in EXAMPLE.items()},
    "requestContext": {"identity": {"sourceIp": "192.0.2.7"}},
    "body": None,
    "isBase64Encoded": False,
}
"""A request for one flower, as a REST API sends it (Lambda proxy integration)."""

SETOSA: Final = '{"specie":"Iris Setosa"}'


@dataclass(frozen=True, kw_only=True)
class HandlerCandidate:
    """One handler, and everything that a process needs to run it."""

    name: str
    handler: str
    """Name in the format of Lambda: `module.function`."""
    paths: tuple[Path, ...]
    """Folders of modules, in addition to the standard library."""
    body: str
    """Body of the correct answer to `EVENT`; any other answer is an error."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """All variables of the environment."""


def ours(archive: Path, folder: Path) -> HandlerCandidate:
    """Return the project's function: unpack the archive for Lambda, with its bytecode, as Lambda does."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return HandlerCandidate(
        name="ours", handler="service.lambda_handler.handler", paths=(folder,), body=SETOSA
    )


def framework(unpacked: Path) -> HandlerCandidate:
    """Return the same function without the fast path, so that FastAPI and Mangum answer everything."""
    return HandlerCandidate(
        name="framework", handler="framework.handler", paths=(HANDLERS, unpacked), body=SETOSA
    )


def tutorial(folder: Path) -> HandlerCandidate:
    """Return the tutorial's function: train and pickle its model, for the libraries of this environment."""
    import joblib
    from sklearn.linear_model import LogisticRegression

    from scripts.training.data import load_data

    data = load_data()
    species = [data.classes[target] for target in data.target]
    model = folder / "model.joblib"
    joblib.dump(LogisticRegression(max_iter=1_000).fit(data.rows, species), model)
    installed = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    return HandlerCandidate(
        name="tutorial",
        handler="tutorial_handler.handler",
        paths=(HANDLERS, *sorted(installed)),
        body=SETOSA,
        variables={"MODEL": str(model)},
    )


def empty() -> HandlerCandidate:
    """Return an empty handler, the lower bound of a cold start."""
    return HandlerCandidate(name="empty", handler="empty.handler", paths=(HANDLERS,), body="")
