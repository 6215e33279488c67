"""Packed predictors: found in a folder and checked against their manifests. Knows no HTTP.

A predictor is a folder with two files. `predictor.json` holds the parameters alone, tagged with their `kind`:
plain data, so that reading it can run nothing and needs no library of a certain version. `manifest.json` is
its model card (what it is, what it learned from, how good it is) with the SHA-256 of `predictor.json` as its
version, and with answers that it must give.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from service.model.formats import PredictorError, check_kind, unpack_model
from service.model.predictor import Predictor

try:
    # What hashlib itself falls back to; hashlib would first load OpenSSL, for a tenth of a cold start.
    from _sha2 import sha256  # pyright: ignore[reportMissingImports, reportUnknownVariableType] (has no types)
except ImportError:
    try:
        from _sha256 import sha256  # pyright: ignore[reportMissingImports, reportUnknownVariableType] (before Python 3.12)
    except ImportError:
        from hashlib import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from service.model.formats import Model

__all__ = ["Predictor", "PredictorError", "Predictors", "load_predictor", "load_predictors"]

DEFAULT_PREDICTOR: Final = "iris-logistic"
"""Answers when nobody asks for another one; where it is missing, the first by name does."""


class Predictors:
    """The predictors of one process, by name."""

    def __init__(self, predictors: Iterable[Predictor]) -> None:
        self._by_name: dict[str, Predictor] = {}
        for predictor in predictors:
            if predictor.name in self._by_name:
                raise PredictorError(f"two predictors are called {predictor.name}")
            self._by_name[predictor.name] = predictor
        if not self._by_name:
            raise PredictorError("there is no predictor")
        self.default = self._by_name.get(DEFAULT_PREDICTOR) or self._by_name[min(self._by_name)]

    def get(self, name: str) -> Predictor | None:
        """Return the predictor of this name, if there is one."""
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[Predictor]:
        return iter(self._by_name.values())

    def unpack(self) -> None:
        """Make the model of every predictor now, and not at the first flower that it is asked about.

        Raises:
            PredictorError: the parameters of one are not those of a predictor.
        """
        for predictor in self:
            _ = predictor.model


def load_predictors(folder: str | os.PathLike[str]) -> Predictors:
    """Load each predictor of a folder, one to a subfolder, in the order of their names.

    All are read and checked against their hashes. Only the default one is unpacked too, the others when they
    are first asked: until then they cost a process that must answer quickly next to nothing.

    Raises:
        PredictorError: there is none, or one of them cannot be trusted. A service that answers with all but
            one of its predictors would hide the fault.
    """
    try:
        subfolders = sorted(entry.path for entry in os.scandir(folder))
    except OSError:
        subfolders = []
    found = [path for path in subfolders if os.path.isfile(os.path.join(path, "manifest.json"))]
    if not found:
        raise PredictorError(f"there is no predictor in {os.fspath(folder)} (no */manifest.json)")
    predictors = Predictors(_read(path) for path in found)
    _ = predictors.default.model
    return predictors


def load_predictor(folder: str | os.PathLike[str]) -> Predictor:
    """Load one predictor and check that its parameters are those that its manifest was written for.

    Raises:
        PredictorError: a file cannot be read, the hash differs, or the content is not that of a predictor.
    """
    predictor = _read(os.fspath(folder))
    _ = predictor.model
    return predictor


def _read(folder: str) -> Predictor:
    """Read both files, check them against each other, and leave the parameters packed."""
    packed, described = _content(folder, "predictor.json"), _content(folder, "manifest.json")
    try:
        manifest = json.loads(described)
        digest: str = sha256(packed).hexdigest()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] (it)
        if digest != manifest["version"]:
            raise PredictorError(
                f"{os.path.join(folder, 'predictor.json')} is not the file that its manifest describes "
                "(SHA-256 differs)"
            )
        check_kind(manifest["kind"])
        predictor = Predictor(manifest, lambda: _unpack(folder, packed, predictor))
    except (KeyError, TypeError, ValueError) as error:
        raise _no_predictor(folder, error) from error
    return predictor


def _unpack(folder: str, packed: bytes, predictor: Predictor) -> Model:
    try:
        content = json.loads(packed)
        model = unpack_model(content)
        _check(predictor, content["kind"], model)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_predictor(folder, error) from error
    return model


def _check(predictor: Predictor, kind: str, model: Model) -> None:
    if kind != predictor.kind:
        raise ValueError(f"its manifest says kind {predictor.kind!r}, its parameters {kind!r}")
    if len(predictor.classes) != model.classes:
        raise ValueError(
            f"its manifest names {len(predictor.classes)} classes, its parameters tell {model.classes} apart"
        )


def _content(folder: str, name: str) -> bytes:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except OSError as error:
        raise PredictorError(f"cannot read {error.filename}: {error.strerror}") from error


def _no_predictor(folder: str, error: Exception) -> PredictorError:
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return PredictorError(f"{folder} does not hold a predictor: {reason}")
