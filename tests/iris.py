"""Iris in tests: its definition as the service reads it, and its lengths by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scripts.training.data import load_data
from scripts.training.equivalence.sample_points import SampleSpace
from service.iris.definition import IRIS, MAX_CENTIMETRES
from service.model.definition_reader import read_definition

if TYPE_CHECKING:
    from typing import Final

DEFINITION: Final = read_definition(IRIS)

FEATURES: Final = DEFINITION.short_names

ALLOWED_LENGTH: Final = DEFINITION.features[0].allowed

MAGNITUDES: Final = (float(MAX_CENTIMETRES),) * 4


class Flower(NamedTuple):
    """Lengths in centimetres, in the order of a row."""

    pl: float
    pw: float
    sl: float
    sw: float


def sample_space() -> SampleSpace:
    return SampleSpace(DEFINITION, load_data().rows)
