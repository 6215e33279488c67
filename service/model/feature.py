"""A feature: one input of a model, with its type, its unit and its allowed values.

Standard library only, so that a Lambda cold start imports it without a framework.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol, TypeAlias

    Row: TypeAlias = tuple[float, ...]
    """One number per feature, in the order of the definition."""

    class Inputs(Protocol):
        """Features of a model: those of a definition, or columns that are computed from them."""

        @property
        def features(self) -> tuple[Feature, ...]:
            """Features in the order of a row."""
            ...

        def magnitudes(self) -> list[float]:
            """Return the largest magnitude that each feature may have."""
            ...


_DECIMAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""Text of a decimal number. Each digit matches in one way only: with two, an invalid long text would take
time that grows with the square of its length. float() would also accept `nan`, `inf`, `1_0`, whitespace
around the number and the digits of every script."""


class FeatureValueError(ValueError):
    """A value is not allowed for a feature; the message names the allowed values."""


class Feature:
    """One input of a model. A row of numbers has one per feature; a category's is the index of its level."""

    __slots__ = (
        "allowed",
        "description",
        "levels",
        "maximum",
        "minimum",
        "name",
        "optional",
        "short_name",
        "type",
        "unit",
        "unit_name",
    )

    def __init__(  # noqa: PLR0913 (a feature has so many properties)
        self,
        *,
        name: str,
        short_name: str,
        type: str = "number",  # noqa: A002 (the key in the definition)
        unit: str = "",
        unit_name: str = "",
        description: str = "",
        minimum: float = 0.0,
        maximum: float = 0.0,
        levels: Sequence[str] = (),
        optional: bool = False,
    ) -> None:
        """Create a feature from the valid content of a definition."""
        self.name = name
        """Long name, for people."""
        self.short_name = short_name
        """Name in requests: parameter of a query, key of JSON, column of CSV."""
        self.type = type
        """`number`, `integer` or `category`."""
        self.unit = unit
        """Symbol of the unit, such as cm; empty if there is none."""
        self.unit_name = unit_name or unit
        """Unit in words, such as centimetres."""
        self.description = description
        self.levels = tuple(levels)
        """Values of a category, in the order of their indices."""
        self.minimum = 0.0 if levels else float(minimum)
        self.maximum = len(levels) - 1.0 if levels else float(maximum)
        """Allowed range, both ends included; of a category, the range of its indices."""
        self.optional = optional
        """True if a value may be missing: it is NaN in a row."""
        self.allowed = self._allowed()
        """Allowed values, as error responses name them."""

    def parse(self, value: object) -> float:
        """Parse a value from JSON or text: a number, the text of a decimal number, or a level.

        Raises:
            FeatureValueError: The value is of another type (a boolean, null, a list), not finite, or not
                allowed.
        """
        if self.optional and (value is None or value == ""):
            return math.nan
        if self.levels:
            if not isinstance(value, str) or value not in self.levels:
                raise FeatureValueError(self.allowed)
            return float(self.levels.index(value))
        if isinstance(value, str):
            if not _DECIMAL.fullmatch(value):
                raise FeatureValueError(self.allowed)
            number = float(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            number = value
        else:
            raise FeatureValueError(self.allowed)
        # One comparison refuses numbers out of range, infinite ones and NaN, before float() would overflow on
        # a huge integer.
        if not self.minimum <= number <= self.maximum or (self.type == "integer" and number % 1):
            raise FeatureValueError(self.allowed)
        return float(number)

    def is_out_of_range(self, value: object) -> bool:
        """Return whether a value is a number, or a text, that only the range or the levels exclude."""
        try:
            self.parse(value)
        except FeatureValueError:
            pass
        else:
            return False
        if self.levels:
            return isinstance(value, str) and bool(value)
        if isinstance(value, str):
            return _DECIMAL.fullmatch(value) is not None
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value != value:  # noqa: PLR0124 (NaN)
            return False
        return not self.minimum <= value <= self.maximum

    def _allowed(self) -> str:
        if self.levels:
            allowed = f"one of {', '.join(self.levels)}"
        else:
            number = "a whole number" if self.type == "integer" else "a number"
            unit = f" of {self.unit_name}" if self.unit_name else ""
            allowed = f"{number}{unit} from {number_text(self.minimum)} to {number_text(self.maximum)}"
        return f"{allowed}, or nothing if it is unknown" if self.optional else allowed


def number_text(number: float) -> str:
    """Return the shortest text of a number that reads as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
