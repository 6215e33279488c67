"""A packed predictor: its model card, its predictions, and its check against known answers."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from service.model.definition_reader import read_definition
from service.model.flower import FEATURES, Flower, parse_length
from service.model.parameters import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from service.model.formats import Model

KNOWN_ANSWER_TOLERANCE: Final = 1e-9
"""Absolute tolerance of a known probability: exp() differs in its last bits between C libraries."""

MAX_LABEL: Final = 100
"""Maximum characters of the name of a predictor or class, which logs and metrics repeat."""

NOTE_MARGIN: Final = 0.1
"""Distance of a length from its training range that gets a note, as a share of the range. Of Fisher's
flowers, one in 15 has a length outside the range of a random half of the others, but only one in 100 by more
than this: a note should be about the flower, not about the sample."""


class Predictor:
    """One trained predictor.

    The classes here are no dataclasses: importing those takes longer than everything else before a first
    response.
    """

    def __init__(self, manifest: Mapping[str, Any], unpack: Callable[[], Model]) -> None:
        """Create a predictor from its manifest, and a function that builds the model when it is first needed.

        Raises:
            KeyError, TypeError, ValueError: The manifest is invalid.
        """
        self.definition = read_definition(manifest["definition"])
        """Input and output of the model."""
        features = [feature["name"] for feature in manifest["features"]]
        if tuple(features) != self.definition.short_names:
            raise ValueError(f"its features are {features}, not {list(self.definition.short_names)}")
        self.name = _label("name", manifest["name"])
        self.version = str(manifest["version"])
        """SHA-256 of `predictor.json` and then the definition, in hexadecimal."""
        self.kind = str(manifest["kind"])
        self.classes = tuple(_label("class", name) for name in manifest["classes"])
        if not self.classes or len(set(self.classes)) < len(self.classes):
            raise ValueError("its manifest names no class, or one twice")
        if self.classes != self.definition.classes:
            raise ValueError("its manifest names other classes than its definition")
        self.accuracy = float(manifest["metrics"]["accuracy"])
        """Cross-validated accuracy, from 0 to 1."""
        self.trained_at = str(manifest["trained_at"])
        """ISO 8601, in UTC."""
        self.card: Mapping[str, Any] = {key: manifest[key] for key in manifest if key != "known_answers"}
        """The manifest without the known answers: plain data that can be encoded as JSON."""
        self.ranges = tuple(FeatureRange(feature) for feature in manifest["features"])
        """Training range of each feature, in their order."""
        self.known_answers = tuple(KnownAnswer(known) for known in manifest["known_answers"])
        if not self.known_answers:
            raise ValueError("its manifest has no known answer to check it by")
        for known in self.known_answers:
            if known.specie not in self.classes or len(known.probabilities) != len(self.classes):
                raise ValueError("a known answer does not match the classes of its manifest")
        self._unpack = unpack

    @cached_property
    def model(self) -> Model:
        """The model, built at its first use: a first request needs only one predictor.

        Raises:
            PredictorError: The parameters are invalid, at the first use and every later one.
        """
        return self._unpack()

    def predict(self, flower: Flower) -> str:
        """Return the name of the most likely class of a flower."""
        return self.classes[self.model.decide(flower)]

    def predict_many(self, flowers: Iterable[Flower]) -> list[str]:
        """Return the name of the most likely class of each flower, in their order."""
        classes = self.classes
        return [classes[index] for index in self.model.decide_all(flowers)]

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in the order of `classes`; the sum is 1."""
        return self.model.probabilities(flower)

    def notes(self, flower: Flower) -> list[str]:
        """Return one sentence for each length far outside the training data; usually none."""
        notes = (span.note(length) for span, length in zip(self.ranges, flower, strict=True))
        return [note for note in notes if note]

    def reproduces_known_answers(self) -> bool:
        """Return whether the model reproduces every known answer now.

        Raises:
            PredictorError: The parameters are invalid.
        """
        return all(self._reproduces(known) for known in self.known_answers)

    def _reproduces(self, known: KnownAnswer) -> bool:
        return self.predict(known.flower) == known.specie and all(
            math.isclose(probability, expected, rel_tol=0, abs_tol=KNOWN_ANSWER_TOLERANCE)
            for probability, expected in zip(
                self.probabilities(known.flower), known.probabilities, strict=True
            )
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
    """Range of one feature in the training data."""

    def __init__(self, feature: Mapping[str, Any]) -> None:
        """Create the range from the feature's part of a manifest."""
        self.long_name = str(feature["long_name"])
        self.unit = str(feature["unit"])
        self.minimum = parse_length(feature["minimum"])
        self.maximum = parse_length(feature["maximum"])
        margin = NOTE_MARGIN * (self.maximum - self.minimum)
        self._note_below, self._note_above = self.minimum - margin, self.maximum + margin

    def note(self, length: float) -> str | None:
        """Return a sentence if a length is outside by more than `NOTE_MARGIN` of the range, or None."""
        if self._note_below <= length <= self._note_above:
            return None
        return (
            f"A {self.long_name} of {length:g} {self.unit} is far outside the training data: "
            f"{self.minimum:g} to {self.maximum:g} {self.unit}."
        )


class KnownAnswer:
    """Answer that a predictor gave for a flower when it was trained."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        """Create it from an entry of a manifest."""
        self.flower = Flower(**{feature: parse_length(known["flower"][feature]) for feature in FEATURES})
        self.specie = str(known["specie"])
        self.probabilities = numbers(known["probabilities"])
        """One per class, in their order."""
