"""What the page says, in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Translation:
    """Every word of the page; braces hold what is filled in."""

    name: str
    """Of the language, in itself."""
    title: str
    lead: str
    features: dict[str, str]
    centimetres: str
    predictor: str
    ask: str
    examples: str
    swapped_example: str
    empty: str
    faulty: str
    missing: str
    bad: str
    unknown_predictor: str
    probabilities: str
    swapped: str
    unlike: str
    """A length that training never saw: {feature}, {length}, {minimum}, {maximum}."""
    drawing: str
    served_by: str
    answered_by: str
    as_json: str
    documentation: str
    decimal_point: str
    percent: str
    """How a share is written: {share}."""


ENGLISH: Final = Translation(
    name="English",
    title="Which iris is it?",
    lead="Measure a petal and a sepal, in centimetres, and a trained classifier names the species.",
    features={"pl": "Petal length", "pw": "Petal width", "sl": "Sepal length", "sw": "Sepal width"},
    centimetres="cm",
    predictor="Predictor",
    ask="Name the species",
    examples="Or try one of these",
    swapped_example="Petals and sepals mixed up",
    empty="The answer will be here.",
    faulty="Something is missing or wrong; see the marked fields.",
    missing="This is missing.",
    bad="“{given}” is not a length from 0 to {most} cm.",
    unknown_predictor="There is no predictor “{given}”.",
    probabilities="How sure it is",
    swapped="Petals larger than sepals both ways: no iris grows so. They were read the other way round.",
    unlike="{feature}: {length} cm is far from what training saw ({minimum} to {maximum} cm).",
    drawing="The flower, drawn to scale",
    served_by="Answered by instance",
    answered_by="with",
    as_json="The same as JSON",
    documentation="How to ask by program",
    decimal_point=".",
    percent="{share}%",
)

SPANISH: Final = Translation(
    name="Español",
    title="¿Qué iris es?",
    lead="Mide un pétalo y un sépalo, en centímetros, y un clasificador entrenado nombra la especie.",
    features={
        "pl": "Largo del pétalo",
        "pw": "Ancho del pétalo",
        "sl": "Largo del sépalo",
        "sw": "Ancho del sépalo",
    },
    centimetres="cm",
    predictor="Predictor",
    ask="Nombrar la especie",
    examples="O prueba uno de estos",
    swapped_example="Pétalos y sépalos confundidos",
    empty="Aquí aparecerá la respuesta.",
    faulty="Falta algo o algo no es correcto; mira los campos marcados.",
    missing="Falta este dato.",
    bad="«{given}» no es una longitud de 0 a {most} cm.",
    unknown_predictor="No hay ningún predictor «{given}».",
    probabilities="Con qué seguridad",
    swapped="Pétalos mayores que los sépalos en ambos sentidos: ningún iris crece así. Se leyeron al revés.",
    unlike="{feature}: {length} cm está lejos de lo visto en el entrenamiento (de {minimum} a {maximum} cm).",
    drawing="La flor, dibujada a escala",
    served_by="Respondió la instancia",
    answered_by="con",
    as_json="Lo mismo en JSON",
    documentation="Cómo preguntar por programa",
    decimal_point=",",
    percent="{share} %",
)

LANGUAGES: Final = {"en": ENGLISH, "es": SPANISH}
"""Code of a language (BCP 47) -> its words; the first one is for all others."""
