"""A packed predictor: its model card, its predictions, and its check against known answers."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from service.model.hooks import load_hook
from service.model.parameters import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol

    from service.model.definition import Definition
    from service.model.feature import Feature, Row

    class Model(Protocol):
        """Interface of the models of every kind; classes are indices. A regression has `value` only."""

        @property
        def classes(self) -> int:
            """Number of classes; 1 for a regression."""
            ...

        @property
        def decide(self) -> Callable[[Row], int]:
            """Function that returns the index of the most likely class, the first of equals as in argmax."""
            ...

        @property
        def decide_all(self) -> Callable[[Iterable[Row]], list[int]]:
            """Function that returns the result of `decide` for each row, in their order."""
            ...

        def specialize(self) -> None:
            """Generate faster functions for these features and classes, where that takes time to start."""
            ...

        def probabilities(self, row: Row) -> tuple[float, ...]:
            """Return the probability of each class; the sum is 1."""
            ...

        def value(self, row: Row) -> float:
            """Return the value of a regression."""
            ...


KNOWN_ANSWER_TOLERANCE: Final = 1e-9
"""Absolute tolerance of a known probability, and relative one of a known value: exp() differs in its last
bits between C libraries."""

SINGLE_TOLERANCE: Final = 1e-5
"""The same of a model that computes in single precision, whose last bits are worth 1e-7 and differ between
processors."""

MAX_LABEL: Final = 100
"""Maximum characters of the name of a predictor or class, which logs and metrics repeat."""

NOTE_MARGIN: Final = 0.1
"""Distance of a value from its training range that gets a note, as a share of the range. Of Fisher's
flowers, one in 15 has a length outside the range of a random half of the others, but only one in 100 by more
than this: a note should be about the row, not about the sample."""


class Predictor:
    """One trained predictor.

    The classes here are no dataclasses: importing those takes longer than everything else before a first
    response.
    """

    def __init__(
        self, manifest: Mapping[str, Any], definition: Definition, unpack: Callable[[], Model]
    ) -> None:
        """Create a predictor from its manifest, and a function that builds the model when it is first needed.

        Raises:
            KeyError, TypeError, ValueError: The manifest is invalid.
        """
        self.definition = definition
        """Input and output of the model."""
        features = [feature["name"] for feature in manifest["features"]]
        if tuple(features) != self.definition.short_names:
            raise ValueError(f"its features are {features}, not {list(self.definition.short_names)}")
        self.name = _label("name", manifest["name"])
        self.version = str(manifest["version"])
        """SHA-256 of `predictor.json` and then the definition, in hexadecimal."""
        self.kind = str(manifest["kind"])
        self.is_regression = definition.task == "regression"
        """True if it predicts a number instead of a class."""
        self.classes = tuple(_label("class", name) for name in manifest["classes"])
        """Names of the classes; empty for a regression."""
        if not self.is_regression and (not self.classes or len(set(self.classes)) < len(self.classes)):
            raise ValueError("its manifest names no class, or one twice")
        if self.classes != self.definition.classes:
            raise ValueError("its manifest names other classes than its definition")
        metrics: Mapping[str, Any] = manifest["metrics"]
        has_accuracy = not self.is_regression and "imported" not in manifest
        self.accuracy = float(metrics["accuracy"]) if has_accuracy else None
        """Cross-validated accuracy, from 0 to 1; None for a regression or an imported model."""
        self.trained_at = str(manifest["trained_at"])
        """ISO 8601, in UTC."""
        self.card: Mapping[str, Any] = {key: manifest[key] for key in manifest if key != "known_answers"}
        """The manifest without the known answers: plain data that can be encoded as JSON."""
        self.hook = load_hook(self.definition.hook)
        """Correction of rows before prediction, if the definition names one."""
        self.ranges = tuple(map(FeatureRange, self.definition.features, manifest["features"]))
        """Training range of each feature, in their order."""
        self.known_answers = tuple(KnownAnswer(self.definition, known) for known in manifest["known_answers"])
        if not self.known_answers:
            raise ValueError("its manifest has no known answer to check it by")
        for known in self.known_answers if not self.is_regression else ():
            if known.answer not in self.classes or len(known.probabilities) != len(self.classes):
                raise ValueError("a known answer does not match the classes of its manifest")
        self._tolerance = (
            SINGLE_TOLERANCE if manifest.get("precision") == "single" else KNOWN_ANSWER_TOLERANCE
        )
        self._unpack = unpack

    @cached_property
    def model(self) -> Model:
        """The model, built at its first use: a first request needs only one predictor.

        Raises:
            PredictorError: The parameters are invalid, at the first use and every later one.
        """
        return self._unpack()

    def correct(self, row: Row) -> tuple[Row, bool]:
        """Return the row that the model predicts, and whether the hook has corrected it."""
        corrected = self.hook.correct(row) if self.hook else None
        return (row, False) if corrected is None else (corrected, True)

    def predict(self, row: Row) -> str | float:
        """Return the name of the most likely class of a row, or the value of a regression."""
        if self.is_regression:
            return self.model.value(row)
        return self.classes[self.model.decide(row)]

    def predict_many(self, rows: Iterable[Row]) -> list[str] | list[float]:
        """Return the result of `predict` for each row, in their order."""
        if self.is_regression:
            return list(map(self.model.value, rows))
        classes = self.classes
        return [classes[index] for index in self.model.decide_all(rows)]

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in the order of `classes`; the sum is 1."""
        return self.model.probabilities(row)

    def notes(self, row: Row) -> list[str]:
        """Return one sentence for each value far outside the training data; usually none."""
        notes = (span.note(value) for span, value in zip(self.ranges, row, strict=True))
        return [note for note in notes if note]

    def reproduces_known_answers(self) -> bool:
        """Return whether the model reproduces every known answer now.

        Raises:
            PredictorError: The parameters are invalid.
        """
        return all(self._reproduces(known) for known in self.known_answers)

    def _reproduces(self, known: KnownAnswer) -> bool:
        tolerance = self._tolerance
        if self.is_regression:
            return math.isclose(
                self.model.value(known.row), float(known.answer), rel_tol=tolerance, abs_tol=tolerance
            )
        return self.predict(known.row) == known.answer and all(
            math.isclose(probability, expected, rel_tol=0, abs_tol=tolerance)
            for probability, expected in zip(self.probabilities(known.row), known.probabilities, strict=True)
        )


def _label(what: str, text: object) -> str:
    """Return a name that fits into a line of a log or of CSV.

    Raises:
        ValueError: It does not.
    """
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= MAX_LABEL:
        raise ValueError(f"its {what} is not 1 to {MAX_LABEL} printable characters")
    return text


class FeatureRange:
    """Range of one feature in the training data; a category has none."""

    def __init__(self, feature: Feature, card: Mapping[str, Any]) -> None:
        """Create the range from the feature's part of a manifest."""
        self.long_name, self.unit = str(card["long_name"]), str(card["unit"])
        self.minimum, self.maximum = feature.minimum, feature.maximum
        self._note_below, self._note_above = -math.inf, math.inf
        if not feature.levels:
            self.minimum, self.maximum = feature.parse(card["minimum"]), feature.parse(card["maximum"])
            margin = NOTE_MARGIN * (self.maximum - self.minimum)
            self._note_below, self._note_above = self.minimum - margin, self.maximum + margin

    def note(self, value: float) -> str | None:
        """Return a sentence if a value is outside by more than `NOTE_MARGIN` of the range, or None."""
        if not (value < self._note_below or value > self._note_above):  # a missing value is NaN
            return None
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"A {self.long_name} of {value:g}{unit} is far outside the training data: "
            f"{self.minimum:g} to {self.maximum:g}{unit}."
        )


class KnownAnswer:
    """Answer that a predictor gave for a row when it was trained."""

    def __init__(self, definition: Definition, known: Mapping[str, Any]) -> None:
        """Create it from an entry of a manifest."""
        given = known["values"]
        self.row = tuple([feature.parse(given[feature.short_name]) for feature in definition.features])
        self.answer: str | float
        """Name of the class, or the value of a regression."""
        self.probabilities: tuple[float, ...] = ()
        """One per class, in their order; none for a regression."""
        if definition.task == "regression":
            (self.answer,) = numbers([known[definition.response_key]])
        else:
            self.answer = str(known[definition.response_key])
            self.probabilities = numbers(known["probabilities"])
