"""Sentences with figures, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from typing_extensions import override

from scripts.cost.output.translations import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.cost.output.translations import Language


class PlainNumber(float):
    """Number that is written without an exponent, for any format."""

    @override
    def __format__(self, format_spec: str, /) -> str:
        written = super().__format__(format_spec)
        return f"{Decimal(written.replace(',', '')):,f}" if "e" in written else written


Value: TypeAlias = "str | int | float | Decimal | Message | tuple[Message, ...]"


@dataclass(frozen=True)
class Message:
    """Sentence whose template is a key of `translations`, with the values of its fields."""

    template: str
    values: Mapping[str, Value] = field(default_factory=dict[str, "Value"])

    @override
    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: Language) -> str:
        """Return the sentence; the texts among its values are translated too."""
        return translate(self.template, language).format_map(
            {name: _written(value, language) for name, value in self.values.items()}
        )


def message(template: str, **values: Value) -> Message:
    """Create a message."""
    return Message(template, values)


def _written(value: Value, language: Language) -> str | int | float | Decimal:
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, tuple):
        return ", ".join(it.text(language) for it in value)
    if isinstance(value, float):
        return PlainNumber(value)
    return translate(value, language) if isinstance(value, str) else value
