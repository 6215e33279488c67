"""Hooks: corrections of rows before prediction, which a definition names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from service.model.feature import Row

    class Hook(Protocol):
        """Correction of rows that no example of the training data resembles. A module has this interface."""

        @property
        def FEATURES(self) -> tuple[str, ...]:  # noqa: N802 (a constant of the module)
            """Short names of the features that the hook is for, in the order of a row."""
            ...

        @property
        def HEADER(self) -> str:  # noqa: N802 (the same)
            """Response header with the value `true` if the row was corrected."""
            ...

        @property
        def BATCH_HEADER(self) -> str:  # noqa: N802 (the same)
            """Response header of a batch: number of corrected rows."""
            ...

        @property
        def DESCRIPTION(self) -> str:  # noqa: N802 (the same)
            """Completion of "if ..." in descriptions of the headers and the response key."""
            ...

        @property
        def RESPONSE_KEY(self) -> str:  # noqa: N802 (the same)
            """Key of a detailed response: true if the row was corrected."""
            ...

        def correct(self, row: Row) -> Row | None:
            """Return the corrected row, or None if it needs no correction."""
            ...

        def to_correct(self, rows: Sequence[Row]) -> list[int]:
            """Return the indices of the rows that need a correction."""
            ...


HOOKS: Final = ("iris.exchange",)
"""Names of the hooks that a definition may have."""


def load_hook(name: str | None) -> Hook | None:
    """Return the hook of a name, or None without a name."""
    if name is None:
        return None
    from service.iris import exchange  # noqa: PLC0415 (imported only where a definition names it)

    return exchange
