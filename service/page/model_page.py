"""Parts of the page that depend on the model: texts, examples and drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from service.model.definition import Definition
    from service.model.feature import Row


@dataclass(frozen=True, kw_only=True)
class ModelTexts:
    """Texts about a model in one language."""

    title: str
    lead: str
    features: Mapping[str, str]
    """Short name -> label of its field."""
    bad: str
    """Error of a value: {given}, {allowed}."""
    corrected: str = ""
    """Note about a row that the hook has corrected."""
    corrected_example: str = ""
    """Label of an example that the hook corrects."""
    drawing: str = ""
    """Alternative text of the drawing."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A row to try, and its label: if there is none, that of `ModelTexts.corrected_example`."""

    values: Mapping[str, float | str | None]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Shapes of an SVG, and its scale."""

    shapes: str
    bar: float
    """Length that the scale bar shows, in the unit of the features."""
    bar_units: float
    """Length of the scale bar in the drawing."""


@dataclass(frozen=True, kw_only=True)
class ModelPage:
    """Everything on the page that depends on the model."""

    texts: Mapping[str, ModelTexts]
    """Language -> texts."""
    examples: Sequence[Example]
    placeholder: Row | None = None
    """Row to draw before there is a result."""
    draw: Callable[[Row], Drawing] | None = None


def generic_page(definition: Definition) -> ModelPage:
    """Return the page of a model that has none of its own: its texts are those of its definition."""
    features = {
        feature.short_name: f"{feature.name[:1].upper()}{feature.name[1:]}" for feature in definition.features
    }
    english = ModelTexts(
        title=definition.title,
        lead=definition.description,
        features=features,
        bad="“{given}” is not {allowed}.",
    )
    spanish = ModelTexts(
        title=definition.title,
        lead=definition.description,
        features=features,
        bad="«{given}» no es un valor permitido ({allowed}).",
    )
    label = ", ".join(f"{name} = {value}" for name, value in list(definition.example.items())[:3])
    return ModelPage(
        texts={"en": english, "es": spanish}, examples=[Example(values=definition.example, label=label)]
    )
