"""Texts of the page in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Translation:
    """All texts of the page in one language; names in braces are filled in."""

    name: str
    """Name of the language, in itself."""
    title: str
    lead: str
    features: dict[str, str]
    centimetres: str
    predictor: str
    submit: str
    examples: str
    swapped_example: str
    empty: str
    invalid: str
    missing: str
    bad: str
    unknown_predictor: str
    probabilities: str
    swapped: str
    out_of_range: str
    """Note about a length far from the training data: {feature}, {length}, {minimum}, {maximum}."""
    drawing: str
    served_by: str
    classified_by: str
    as_json: str
    documentation: str
    decimal_point: str
    percent: str
    """Notation of a percentage: {number}."""


ENGLISH: Final = Translation(
    name="English",
    title="Which iris is it?",
    lead="Measure a petal and a sepal, in centimetres, and a trained classifier names the species.",
    features={"pl": "Petal length", "pw": "Petal width", "sl": "Sepal length", "sw": "Sepal width"},
    centimetres="cm",
    predictor="Predictor",
    submit="Classify",
    examples="Or try one of these",
    swapped_example="Petals and sepals exchanged",
    empty="The result will appear here.",
    invalid="Some fields are missing or invalid; see the marked ones.",
    missing="This field is required.",
    bad="“{given}” is not a length from 0 to {maximum} cm.",
    unknown_predictor="There is no predictor “{given}”.",
    probabilities="Probabilities",
    swapped="The petals are longer and wider than the sepals, which no iris has. They were exchanged.",
    out_of_range="{feature}: {length} cm is far from the training data ({minimum} to {maximum} cm).",
    drawing="The flower, drawn to scale",
    served_by="Served by instance",
    classified_by="Predictor",
    as_json="As JSON",
    documentation="API documentation",
    decimal_point=".",
    percent="{number}%",
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
    submit="Clasificar",
    examples="O prueba uno de estos",
    swapped_example="Pétalos y sépalos intercambiados",
    empty="Aquí aparecerá el resultado.",
    invalid="Faltan datos o no son válidos; revisa los campos marcados.",
    missing="Este campo es obligatorio.",
    bad="«{given}» no es una longitud de 0 a {maximum} cm.",
    unknown_predictor="No hay ningún predictor «{given}».",
    probabilities="Probabilidades",
    swapped="Los pétalos son más largos y anchos que los sépalos, y ningún iris es así. Se intercambiaron.",
    out_of_range="{feature}: {length} cm está lejos de los datos de entrenamiento (de {minimum} a {maximum} "
    "cm).",
    drawing="La flor, dibujada a escala",
    served_by="Servido por la instancia",
    classified_by="Predictor",
    as_json="En JSON",
    documentation="Documentación de la API",
    decimal_point=",",
    percent="{number} %",
)

LANGUAGES: Final = {"en": ENGLISH, "es": SPANISH}
"""Language code (BCP 47) -> its texts; the first is the default."""
