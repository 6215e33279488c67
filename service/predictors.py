"""Packed predictors: found in a folder, checked against their manifests, asked about flowers. Knows no HTTP.

A predictor is a folder with two files. `predictor.json` holds the parameters alone, tagged with their `kind`:
plain data, so that reading it can run nothing and needs no library of a certain version. `manifest.json` is
its model card (what it is, what it learned from, how good it is) with the SHA-256 of `predictor.json` as its
version, and with answers that it must give.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from service.flower import FEATURES, Flower
from service.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

PREFERRED_PREDICTOR: Final = "iris-logistic"
"""Answers when nobody asks for another one; where it is missing, the first by name does."""

KNOWN_ANSWER_TOLERANCE: Final = 1e-9
"""How far a probability may be from the known one: exp() differs in its last bits between C libraries."""


NOTED_BEYOND: Final = 0.1
"""How far outside of its training range a length may be before that is worth a note, as a share of the range.
Of Fisher's flowers, one in 15 has a length outside of the range of a random half of the others, but only one
in 100 by more than this: a note should say something about the flower, not about the sample."""


class Model(Protocol):
    """What a kind of predictor can do, in indices of classes."""

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        ...

    def decide(self, flower: Flower) -> int:
        """Return the index of the likeliest class."""
        ...

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class; they add up to 1."""
        ...


KINDS: Final[dict[str, Callable[[Mapping[str, Any]], Model]]] = {"linear": Linear.unpack}
"""The `kind` of a `predictor.json` -> what makes a model of its content."""


class PredictorError(Exception):
    """A predictor cannot be loaded: it is missing, was tampered with, or is of no known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswer:
    """What a predictor said of a flower when it was trained."""

    flower: Flower
    specie: str
    probabilities: tuple[float, ...]
    """One for each class, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What training saw of one feature."""

    long_name: str
    unit: str
    minimum: float
    maximum: float

    def note(self, length: float) -> str | None:
        """Return a sentence if a length lies outside by more than `NOTED_BEYOND` of the range."""
        margin = NOTED_BEYOND * (self.maximum - self.minimum)
        if self.minimum - margin <= length <= self.maximum + margin:
            return None
        return (
            f"A {self.long_name} of {length:g} {self.unit} is far from what training saw: "
            f"{self.minimum:g} to {self.maximum:g} {self.unit}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """One trained predictor, ready to answer."""

    name: str
    version: str
    """SHA-256 of `predictor.json`, in hexadecimal."""
    kind: str
    classes: tuple[str, ...]
    accuracy: float
    """Share of flowers that cross-validation classified rightly, from 0 to 1."""
    trained_at: str
    """ISO 8601, in UTC."""
    card: Mapping[str, Any]
    """The manifest but for the known answers: plain data, ready to be written as JSON."""
    ranges: tuple[Range, ...]
    """One for each feature, in their order."""
    known_answers: tuple[KnownAnswer, ...]
    model: Model

    def predict(self, flower: Flower) -> str:
        """Name the likeliest class of one flower."""
        return self.classes[self.model.decide(flower)]

    def predict_many(self, flowers: Iterable[Flower]) -> list[str]:
        """Name the likeliest class of each flower, in their order."""
        decide, classes = self.model.decide, self.classes
        return [classes[decide(flower)] for flower in flowers]

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in the order of `classes`; they add up to 1."""
        return self.model.probabilities(flower)

    def notes(self, flower: Flower) -> list[str]:
        """Say in a sentence each which lengths are unlike any that training saw; mostly none are."""
        noted = (span.note(length) for span, length in zip(self.ranges, flower, strict=True))
        return [note for note in noted if note]

    def gives_known_answers(self) -> bool:
        """Say whether every known answer is given again, here and now."""
        return all(self._gives(known) for known in self.known_answers)

    def _gives(self, known: KnownAnswer) -> bool:
        return self.predict(known.flower) == known.specie and all(
            math.isclose(now, then, rel_tol=0, abs_tol=KNOWN_ANSWER_TOLERANCE)
            for now, then in zip(self.probabilities(known.flower), known.probabilities, strict=True)
        )


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
        self.default = self._by_name.get(PREFERRED_PREDICTOR) or self._by_name[min(self._by_name)]

    def get(self, name: str) -> Predictor | None:
        """Return the predictor of this name, if there is one."""
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[Predictor]:
        return iter(self._by_name.values())


def load_predictors(folder: Path) -> Predictors:
    """Load each predictor of a folder, one to a subfolder, in the order of their names.

    Raises:
        PredictorError: there is none, or one of them cannot be trusted. A service that answers with all but
            one of its predictors would hide the fault.
    """
    manifests = sorted(folder.glob("*/manifest.json"))
    if not manifests:
        raise PredictorError(f"there is no predictor in {folder} (no */manifest.json)")
    return Predictors(load_predictor(manifest.parent) for manifest in manifests)


def load_predictor(folder: Path) -> Predictor:
    """Load one predictor and check that its parameters are those that its manifest was written for.

    Raises:
        PredictorError: a file cannot be read, the hash differs, or the content is not that of a predictor.
    """
    try:
        packed = (folder / "predictor.json").read_bytes()
        described = (folder / "manifest.json").read_bytes()
    except OSError as error:
        raise PredictorError(f"cannot read {error.filename}: {error.strerror}") from error
    try:
        manifest = json.loads(described)
        version = manifest["version"]
        if hashlib.sha256(packed).hexdigest() != version:
            raise PredictorError(
                f"{folder / 'predictor.json'} is not the file that its manifest describes (SHA-256 differs)"
            )
        return _assemble(manifest, json.loads(packed))
    except (KeyError, TypeError, ValueError) as error:
        raise PredictorError(f"{folder} does not hold a predictor: {_reason(error)}") from error


def _assemble(manifest: Mapping[str, Any], packed: Mapping[str, Any]) -> Predictor:
    kind = packed["kind"]
    if kind not in KINDS:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(KINDS)}")
    features = [feature["name"] for feature in manifest["features"]]
    if tuple(features) != FEATURES:
        raise ValueError(f"its features are {features}, not {list(FEATURES)}")
    model = KINDS[kind](packed)
    classes = tuple(str(name) for name in manifest["classes"])
    if len(classes) != model.classes:
        raise ValueError(
            f"its manifest names {len(classes)} classes, its parameters tell {model.classes} apart"
        )
    if not manifest["known_answers"]:
        raise ValueError("its manifest has no known answer to check it by")
    return Predictor(
        name=str(manifest["name"]),
        version=str(manifest["version"]),
        kind=str(kind),
        classes=classes,
        accuracy=float(manifest["metrics"]["accuracy"]),
        trained_at=str(manifest["trained_at"]),
        card={key: value for key, value in manifest.items() if key != "known_answers"},
        ranges=tuple(_range(feature) for feature in manifest["features"]),
        known_answers=tuple(_known_answer(known) for known in manifest["known_answers"]),
        model=model,
    )


def _range(feature: Mapping[str, Any]) -> Range:
    return Range(
        long_name=str(feature["long_name"]),
        unit=str(feature["unit"]),
        minimum=float(feature["minimum"]),
        maximum=float(feature["maximum"]),
    )


def _known_answer(known: Mapping[str, Any]) -> KnownAnswer:
    return KnownAnswer(
        flower=Flower(**{feature: float(known["flower"][feature]) for feature in FEATURES}),
        specie=str(known["specie"]),
        probabilities=tuple(float(probability) for probability in known["probabilities"]),
    )


def _reason(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)
