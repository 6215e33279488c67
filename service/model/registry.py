"""Registry of packed predictors: loaded from a folder and checked against their manifests. Without HTTP.

A predictor is a folder with two files. `predictor.json` has only the parameters, with their `kind`: plain
data, so that reading it runs no code and depends on no library's version. `manifest.json` is its model card
(estimator, training data, metrics) with its definition (`service.model.definition`), with known answers, and
with the SHA-256 of `predictor.json` and of the definition as its version.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final, cast

from service.model.definition import Definition, DefinitionError, definition_bytes
from service.model.formats import PredictorError, check_kind, unpack_model
from service.model.predictor import Predictor

try:
    # The module that hashlib falls back to: hashlib would first load OpenSSL, a tenth of a cold start.
    from _sha2 import sha256  # pyright: ignore[reportMissingImports, reportUnknownVariableType] (no type stubs)
except ImportError:
    try:
        from _sha256 import sha256  # pyright: ignore[reportMissingImports, reportUnknownVariableType] (before Python 3.12)
    except ImportError:
        from hashlib import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from service.model.predictor import Model

__all__ = ["Predictor", "PredictorError", "Predictors", "load_predictor", "load_predictors"]

MAX_FILE_BYTES: Final = 67_108_864
"""Maximum size of a file, 64 MiB: a hundred trees take 0.2 MiB, and Lambda's whole archive 250 MB."""

MAX_REASON: Final = 300
"""Maximum characters of a reason, which may repeat what a file holds."""

_INVALID: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Errors of content that is not a predictor: too deeply nested, a number beyond every float, ..."""

DEFAULT_PREDICTOR: Final = "iris-logistic"
"""Predictor of requests that name none; if it is missing, the first by name."""


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
        """Return the predictor of this name, or None."""
        return self._by_name.get(name)

    def alike(self) -> list[Predictor]:
        """Return the predictors with the definition of the default one, which take and return the same."""
        definition = self.default.definition.content()
        return [predictor for predictor in self if predictor.definition.content() == definition]

    def get_alike(self, name: str) -> Predictor | None:
        """Return the predictor of this name if it is alike the default one, or None."""
        predictor = self._by_name.get(name)
        return predictor if predictor in self.alike() else None

    def __iter__(self) -> Iterator[Predictor]:
        return iter(self._by_name.values())

    def unpack(self) -> None:
        """Build the model of every predictor now, not at its first use, and generate its faster functions.

        Raises:
            PredictorError: The parameters of a predictor are invalid.
        """
        for predictor in self:
            predictor.model.specialize()


def hex_digest(data: bytes) -> str:
    """Return the SHA-256 of some data, in hexadecimal."""
    return sha256(data).hexdigest()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] (no type stubs)


def load_predictors(folder: str | os.PathLike[str], *, checked: bool = True) -> Predictors:
    """Load each predictor of a folder, one per subfolder, in the order of their names.

    All are read and checked against their hashes. Only the default one is unpacked; the others are unpacked
    at their first use, so that they cost a cold start next to nothing. Without `checked`, their definitions
    are not checked for mistakes again, after `iris pack` has done so.

    Raises:
        PredictorError: There is none, or one of them cannot be trusted. A service with all but one of its
        predictors
            would hide the fault.
    """
    try:
        subfolders = sorted(entry.path for entry in os.scandir(folder))
    except OSError:
        subfolders = []
    found = [path for path in subfolders if os.path.isfile(os.path.join(path, "manifest.json"))]
    if not found:
        raise PredictorError(f"there is no predictor in {os.fspath(folder)} (no */manifest.json)")
    definitions = _Definitions(checked=checked)
    predictors = Predictors(_read(path, definitions) for path in found)
    _ = predictors.default.model
    return predictors


def load_predictor(folder: str | os.PathLike[str]) -> Predictor:
    """Load one predictor and check its parameters against its manifest.

    Raises:
        PredictorError: A file cannot be read, the hash differs, or the content is not a predictor.
    """
    predictor = _read(os.fspath(folder), _Definitions(checked=True))
    _ = predictor.model
    return predictor


class _Definitions:
    """Definitions of one folder: most predictors share one, which is encoded and read once."""

    def __init__(self, *, checked: bool) -> None:
        self._checked = checked
        self._encoded: list[tuple[object, bytes]] = []
        self._read: list[tuple[object, Definition]] = []

    def encode(self, content: dict[str, Any]) -> bytes:
        """Return the encoding of a definition for its hash."""
        for known, encoded in self._encoded:
            # Equal as Python compares are 1, 1.0 and True, whose encodings differ.
            if known == content and repr(known) == repr(content):
                return encoded
        encoded = definition_bytes(content)
        self._encoded.append((content, encoded))
        return encoded

    def read(self, content: dict[str, Any]) -> Definition:
        """Return a definition.

        Raises:
            DefinitionError: It is invalid.
        """
        for known, definition in self._read:
            if known == content and repr(known) == repr(content):
                return definition
        if self._checked:
            from service.model.definition_reader import read_definition  # noqa: PLC0415 (a cold start does without it)

            definition = read_definition(content)
        else:
            definition = Definition(content)
        self._read.append((content, definition))
        return definition


def _read(folder: str, definitions: _Definitions) -> Predictor:
    """Read both files and check them against each other; leave the parameters packed."""
    packed, manifest_json = _read_file(folder, "predictor.json"), _read_file(folder, "manifest.json")
    try:
        manifest = _parse(manifest_json)
        has_definition = "definition" in manifest
        hashed = packed + definitions.encode(manifest["definition"]) if has_definition else packed
        if hex_digest(hashed) != manifest["version"]:
            raise PredictorError(
                f"{os.path.join(folder, 'predictor.json')} is not the file that its manifest describes, or "
                "its definition was changed (SHA-256 differs)"
            )
        if not has_definition:
            raise PredictorError(
                f"{folder} holds a predictor of an earlier version, without a definition of its model; train "
                "it again with `iris train`, or remove the folder"
            )
        check_kind(manifest["kind"])
        definition = definitions.read(manifest["definition"])
        predictor = Predictor(manifest, definition, lambda: _unpack(folder, packed, predictor))
        # Responses hold the card: JSON has no infinity, and UTF-8 no surrogate.
        json.dumps(predictor.card, allow_nan=False, ensure_ascii=False).encode()
    except DefinitionError as error:
        raise PredictorError(f"{folder} does not hold a predictor: {error}") from error
    except _INVALID as error:
        raise _invalid_predictor(folder, error) from error
    return predictor


def _parse(text: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        RecursionError, TypeError, ValueError: It is none.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise TypeError("a file is not a JSON object")
    return cast("dict[str, Any]", content)


def _unpack(folder: str, packed: bytes, predictor: Predictor) -> Model:
    try:
        content = _parse(packed)
        model = unpack_model(content, predictor.definition)
        _check(predictor, content["kind"], model)
    except _INVALID as error:
        raise _invalid_predictor(folder, error) from error
    return model


def _check(predictor: Predictor, kind: str, model: Model) -> None:
    if kind != predictor.kind:
        raise ValueError(f"its manifest has kind {predictor.kind!r}, its parameters {kind!r}")
    if predictor.is_regression:
        if model.classes != 1:
            raise ValueError(f"it is a regression, but its parameters have {model.classes} classes")
    elif len(predictor.classes) != model.classes:
        raise ValueError(
            f"its manifest names {len(predictor.classes)} classes, its parameters have {model.classes}"
        )


def _read_file(folder: str, name: str) -> bytes:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PredictorError(f"cannot read {error.filename}: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise PredictorError(f"{os.path.join(folder, name)} has more than {MAX_FILE_BYTES} bytes")
    return content


def _invalid_predictor(folder: str, error: Exception) -> PredictorError:
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    # One line, of a length that can be read.
    return PredictorError(f"{folder} does not hold a predictor: {' '.join(reason.split())[:MAX_REASON]}")
