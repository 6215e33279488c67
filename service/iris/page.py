"""Page of iris: its texts, a flower of each species, and the drawing of a flower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.iris.definition import EXAMPLE, SPECIES
from service.iris.flower_svg import draw_flower, scale_bar
from service.page.model_page import Drawing, Example, ModelPage, ModelTexts

if TYPE_CHECKING:
    from service.model.feature import Row

_ENGLISH: Final = ModelTexts(
    title="Which iris is it?",
    lead="Measure a petal and a sepal, in centimetres, and a trained classifier names the species.",
    features={"pl": "Petal length", "pw": "Petal width", "sl": "Sepal length", "sw": "Sepal width"},
    bad="“{given}” is not a length from 0 to 100 cm.",
    corrected="The petals are longer and wider than the sepals, which no iris has. They were exchanged.",
    corrected_example="Petals and sepals exchanged",
    drawing="The flower, drawn to scale",
)

_SPANISH: Final = ModelTexts(
    title="¿Qué iris es?",
    lead="Mide un pétalo y un sépalo, en centímetros, y un clasificador entrenado nombra la especie.",
    features={
        "pl": "Largo del pétalo",
        "pw": "Ancho del pétalo",
        "sl": "Largo del sépalo",
        "sw": "Ancho del sépalo",
    },
    bad="«{given}» no es una longitud de 0 a 100 cm.",
    corrected="Los pétalos son más largos y anchos que los sépalos, y ningún iris es así. Se intercambiaron.",
    corrected_example="Pétalos y sépalos intercambiados",
    drawing="La flor, dibujada a escala",
)

_EXAMPLES: Final = (
    EXAMPLE,
    {"pl": 4.7, "pw": 1.4, "sl": 7.0, "sw": 3.2},
    {"pl": 6.0, "pw": 2.5, "sl": 6.3, "sw": 3.3},
)
"""One flower of each species, from Fisher's data set."""

_EXCHANGED: Final = {"pl": 5.1, "pw": 3.5, "sl": 1.4, "sw": 0.2}
"""The first example with petals and sepals exchanged."""


def _draw(row: Row) -> Drawing:
    centimetres, units = scale_bar(row)
    return Drawing(shapes=draw_flower(row), bar=centimetres, bar_units=units)


IRIS_PAGE: Final = ModelPage(
    texts={"en": _ENGLISH, "es": _SPANISH},
    examples=[
        *(Example(values=flower, label=name) for flower, name in zip(_EXAMPLES, SPECIES, strict=True)),
        Example(values=_EXCHANGED),
    ],
    placeholder=tuple(_EXAMPLES[1].values()),
    draw=_draw,
)
