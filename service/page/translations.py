"""Texts of the page in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Translation:
    """Texts of the page in one language, but those about the model; names in braces are filled in."""

    code: str
    """Code of the language (BCP 47)."""
    name: str
    """Name of the language, in itself."""
    predictor: str
    submit: str
    examples: str
    empty: str
    invalid: str
    missing: str
    unknown_predictor: str
    probabilities: str
    out_of_range: str
    """Note about a value far from the training data: {feature}, {value}, {minimum}, {maximum}, {unit}."""
    served_by: str
    classified_by: str
    as_json: str
    documentation: str
    decimal_point: str
    percent: str
    """Notation of a percentage: {number}."""


ENGLISH: Final = Translation(
    code="en",
    name="English",
    predictor="Predictor",
    submit="Classify",
    examples="Or try one of these",
    empty="The result will appear here.",
    invalid="Some fields are missing or invalid; see the marked ones.",
    missing="This field is required.",
    unknown_predictor="There is no predictor “{given}”.",
    probabilities="Probabilities",
    out_of_range="{feature}: {value}{unit} is far from the training data ({minimum} to {maximum}{unit}).",
    served_by="Served by instance",
    classified_by="Predictor",
    as_json="As JSON",
    documentation="API documentation",
    decimal_point=".",
    percent="{number}%",
)

SPANISH: Final = Translation(
    code="es",
    name="Español",
    predictor="Predictor",
    submit="Clasificar",
    examples="O prueba uno de estos",
    empty="Aquí aparecerá el resultado.",
    invalid="Faltan datos o no son válidos; revisa los campos marcados.",
    missing="Este campo es obligatorio.",
    unknown_predictor="No hay ningún predictor «{given}».",
    probabilities="Probabilidades",
    out_of_range="{feature}: {value}{unit} está lejos de los datos de entrenamiento (de {minimum} a "
    "{maximum}{unit}).",
    served_by="Servido por la instancia",
    classified_by="Predictor",
    as_json="En JSON",
    documentation="Documentación de la API",
    decimal_point=",",
    percent="{number} %",
)

LANGUAGES: Final = {text.code: text for text in (ENGLISH, SPANISH)}
"""Language code (BCP 47) -> its texts; the first is the default."""
