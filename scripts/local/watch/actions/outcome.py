"""Outcome of an action, as a text of the console, and the error of one that is impossible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Outcome:
    """Sentence about what an action has done."""

    text: str
    """Name of the text in `texts.TEXTS`."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    is_bad: bool = False


class ActionError(ValueError):
    """Action that is impossible; its outcome says why."""

    def __init__(self, text: str, **values: object) -> None:
        """Create the error with the name of a text and its values."""
        super().__init__(text)
        self.outcome = Outcome(text, values, is_bad=True)


def number(fields: Mapping[str, str], name: str, minimum: float, maximum: float) -> float:
    """Return the number in a field of a form.

    Raises:
        ActionError: It is none, or out of the range.
    """
    try:
        value = float(fields.get(name, ""))
    except ValueError:
        value = float("nan")
    if not minimum <= value <= maximum:
        raise ActionError("not_a_number", minimum=f"{minimum:g}", maximum=f"{maximum:g}")
    return value
