"""One packed predictor: what it is, what it says of a flower, and whether it still says what it should."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from service.model.flower import FEATURES, Flower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from service.model.formats import Model

KNOWN_ANSWER_TOLERANCE: Final = 1e-9
"""How far a probability may be from the known one: exp() differs in its last bits between C libraries."""

NOTE_MARGIN: Final = 0.1
"""How far outside of its training range a length may be before that is worth a note, as a share of the range.
Of Fisher's flowers, one in 15 has a length outside of the range of a random half of the others, but only one
in 100 by more than this: a note should say something about the flower, not about the sample."""


class Predictor:
    """One trained predictor, ready to answer.

    Its classes are no dataclasses: what those import takes longer than all else before a first answer.
    """

    def __init__(self, manifest: Mapping[str, Any], unpack: Callable[[], Model]) -> None:
        """Take a manifest, and what makes the model when it is first needed.

        Raises:
            KeyError, TypeError, ValueError: it is no manifest.
        """
        features = [feature["name"] for feature in manifest["features"]]
        if tuple(features) != FEATURES:
            raise ValueError(f"its features are {features}, not {list(FEATURES)}")
        self.name = str(manifest["name"])
        self.version = str(manifest["version"])
        """SHA-256 of `predictor.json`, in hexadecimal."""
        self.kind = str(manifest["kind"])
        self.classes = tuple(str(name) for name in manifest["classes"])
        self.accuracy = float(manifest["metrics"]["accuracy"])
        """Share of flowers that cross-validation classified rightly, from 0 to 1."""
        self.trained_at = str(manifest["trained_at"])
        """ISO 8601, in UTC."""
        self.card: Mapping[str, Any] = {key: manifest[key] for key in manifest if key != "known_answers"}
        """The manifest but for the known answers: plain data, ready to be written as JSON."""
        self.ranges = tuple(FeatureRange(feature) for feature in manifest["features"])
        """One for each feature, in their order."""
        self.known_answers = tuple(KnownAnswer(known) for known in manifest["known_answers"])
        if not self.known_answers:
            raise ValueError("its manifest has no known answer to check it by")
        self._unpack = unpack

    @cached_property
    def model(self) -> Model:
        """What decides. Made when it is first asked for, as only one predictor answers a first request.

        Raises:
            PredictorError: the parameters are not those of a predictor. To ask again fails again.
        """
        return self._unpack()

    def predict(self, flower: Flower) -> str:
        """Name the likeliest class of one flower."""
        return self.classes[self.model.decide(flower)]

    def predict_many(self, flowers: Iterable[Flower]) -> list[str]:
        """Name the likeliest class of each flower, in their order."""
        classes = self.classes
        return [classes[index] for index in self.model.decide_all(flowers)]

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in the order of `classes`; they add up to 1."""
        return self.model.probabilities(flower)

    def notes(self, flower: Flower) -> list[str]:
        """Say in a sentence each which lengths are unlike any that training saw; mostly none are."""
        noted = (seen.note(length) for seen, length in zip(self.ranges, flower, strict=True))
        return [note for note in noted if note]

    def reproduces_known_answers(self) -> bool:
        """Say whether every known answer is given again, here and now.

        Raises:
            PredictorError: the parameters are not those of a predictor.
        """
        return all(self._gives(known) for known in self.known_answers)

    def _gives(self, known: KnownAnswer) -> bool:
        return self.predict(known.flower) == known.specie and all(
            math.isclose(now, then, rel_tol=0, abs_tol=KNOWN_ANSWER_TOLERANCE)
            for now, then in zip(self.probabilities(known.flower), known.probabilities, strict=True)
        )


class FeatureRange:
    """What training saw of one feature."""

    def __init__(self, feature: Mapping[str, Any]) -> None:
        """Take the feature's part of a manifest."""
        self.long_name = str(feature["long_name"])
        self.unit = str(feature["unit"])
        self.minimum = float(feature["minimum"])
        self.maximum = float(feature["maximum"])
        margin = NOTE_MARGIN * (self.maximum - self.minimum)
        self._lowest, self._highest = self.minimum - margin, self.maximum + margin

    def note(self, length: float) -> str | None:
        """Return a sentence if a length lies outside by more than `NOTE_MARGIN` of the range."""
        if self._lowest <= length <= self._highest:
            return None
        return (
            f"A {self.long_name} of {length:g} {self.unit} is far from what training saw: "
            f"{self.minimum:g} to {self.maximum:g} {self.unit}."
        )


class KnownAnswer:
    """What a predictor said of a flower when it was trained."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        """Take one of a manifest's known answers."""
        self.flower = Flower(**{feature: float(known["flower"][feature]) for feature in FEATURES})
        self.specie = str(known["specie"])
        self.probabilities = tuple(float(probability) for probability in known["probabilities"])
        """One for each class, in their order."""
