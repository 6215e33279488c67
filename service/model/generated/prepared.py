"""Models whose features are columns that are computed from a row: imputed, scaled or encoded values.

They come from a scikit-learn pipeline, and are computed in the same order of the same operations, so that the
columns are equal to the last bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from service.model.feature import Feature
from service.model.generated.formulas import generate
from service.model.parameters import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.feature import Inputs, Row
    from service.model.predictor import Model

    Prepare = Callable[[Row], Row]
    """Row of a request -> row of columns."""

MAX_OPERATIONS: Final = 20_000
"""Maximum number of columns and of their operations: generating their function takes a tenth of a second."""


class Columns:
    """Columns of a model, each computed from one feature by operations in their order.

    A column is `{"feature": index, "steps": [[operation, operand], ...]}`. The operations: `fill` replaces a
    missing value; `is` is 1 for a value and 0 for every other one; `missing` is 1 for a missing value; `map`
    replaces the index of a level by the number at that place; `add`, `subtract`, `multiply` and `divide`.
    """

    def __init__(self, packed: object, inputs: Inputs) -> None:
        """Create the columns from their part of a `predictor.json`, and the features that they come from.

        Raises:
            KeyError, TypeError, ValueError: A column is invalid.
        """
        if not isinstance(packed, list) or not packed:
            raise TypeError("its columns are not a list")
        columns = [_Column(column, inputs.features) for column in cast("list[Any]", packed)]
        if sum(len(column.steps) + 1 for column in columns) > MAX_OPERATIONS:
            raise ValueError(f"its columns have more than {MAX_OPERATIONS} operations")
        self.features: tuple[Feature, ...] = tuple([column.result for column in columns])
        """Columns as features, with their ranges."""
        variables = ", ".join(f"x{index}" for index in range(len(inputs.features)))
        maps: list[dict[float, float]] = []
        expressions = ", ".join([column.expression(maps) for column in columns])
        source = f"def prepare(row):\n    {variables}, = row\n    return ({expressions},)\n"
        self.prepare: Prepare = generate(source, maps=maps, nan=math.nan)["prepare"]
        """Function that computes the columns of a row."""

    def magnitudes(self) -> list[float]:
        """Return the largest magnitude that each column may have."""
        return [max(abs(column.minimum), abs(column.maximum)) for column in self.features]


class _Column:
    """One column: its operations, and its range."""

    def __init__(self, packed: Mapping[str, Any], features: Sequence[Feature]) -> None:
        index, steps = packed["feature"], packed["steps"]
        if type(index) is not int or not 0 <= index < len(features) or not isinstance(steps, list):
            raise ValueError("a column is not of a feature")
        self._index = index
        self.steps: list[tuple[str, Any]] = [(step[0], step[1]) for step in cast("list[Any]", steps)]
        low, high, missing = features[index].minimum, features[index].maximum, features[index].optional
        for name, operand in self.steps:
            if name == "map":
                mapped = numbers(operand)
                if not mapped or features[index].maximum > len(mapped) - 1 or features[index].minimum < 0:
                    raise ValueError("a column does not map every level")
                low, high = min(mapped), max(mapped)
                continue
            (number,) = numbers([operand])
            low, high, missing = _range(name, number, (low, high), is_optional=missing)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("a column is not finite")
        self.result = Feature(name="column", short_name="column", minimum=low, maximum=high, optional=missing)

    def expression(self, maps: list[dict[float, float]]) -> str:
        """Return the source of the column, and add its maps to those of all columns."""
        text = f"x{self._index}"
        for name, operand in self.steps:
            if name == "map":
                text = f"maps[{len(maps)}].get({text}, nan)"
                maps.append({float(index): float(number) for index, number in enumerate(operand)})
            else:
                text = _SOURCES[name].format(value=text, number=repr(float(operand)))
        return text


_SOURCES: Final = {
    "fill": "(value if (value := {value}) == value else {number})",
    "is": "(1.0 if {value} == {number} else 0.0)",
    "missing": "(1.0 if (value := {value}) != value else 0.0)",
    "add": "({value} + {number})",
    "subtract": "({value} - {number})",
    "multiply": "({value} * {number})",
    "divide": "({value} / {number})",
}
"""Operation -> its source."""


def _range(
    name: str, number: float, values: tuple[float, float], *, is_optional: bool
) -> tuple[float, float, bool]:
    """Return the range after an operation, and whether a value may be missing."""
    low, high = values
    match name:
        case "fill":
            return (min(low, number), max(high, number), False) if is_optional else (low, high, False)
        case "is" | "missing":
            return 0.0, 1.0, False
        case "add":
            ends = low + number, high + number
        case "subtract":
            ends = low - number, high - number
        case "multiply":
            ends = low * number, high * number
        case "divide":
            ends = low / number, high / number
        case _:
            raise ValueError(f"a column has the unknown operation {name!r}")
    return min(ends), max(ends), is_optional


class Prepared:
    """Model of another form, on the columns of a row."""

    def __init__(self, columns: Columns, model: Model) -> None:
        """Create the model from its columns, and the model that takes them."""
        self.classes = model.classes
        self._prepare = columns.prepare
        self._model = model
        self.decide: Callable[[Row], int] = self._decide
        """Function that returns the index of the most likely class."""

    @classmethod
    def unpack(
        cls, packed: Mapping[str, Any], inputs: Inputs, unpack: Callable[[Mapping[str, Any], Inputs], Model]
    ) -> Prepared:
        """Build the model from the content of a `predictor.json`; `unpack` builds the one of its kind.

        Raises:
            KeyError, TypeError, ValueError: A parameter is missing or invalid.
        """
        columns = Columns(packed["columns"], inputs)
        return cls(columns, unpack(packed, columns))

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        """Return the result of `decide` for each row, in their order."""
        return self._model.decide_all(map(self._prepare, rows))

    def specialize(self) -> None:
        """Generate the faster functions of the model."""
        self._model.specialize()
        prepare, decide = self._prepare, self._model.decide
        self.decide = lambda row: decide(prepare(row))

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class; the sum is 1."""
        return self._model.probabilities(self._prepare(row))

    def value(self, row: Row) -> float:
        """Return the value of a regression."""
        return self._model.value(self._prepare(row))

    def _decide(self, row: Row) -> int:
        return self._model.decide(self._prepare(row))
