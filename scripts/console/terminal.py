"""Console of the commands, which cuts nothing and prints every text as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from typing_extensions import override

from scripts.console.encoding import printable
from scripts.console.quiet import is_quiet

if TYPE_CHECKING:
    from rich.text import Text

PAGE_COLUMNS: Final = 110
"""Width of what is written to a file or a pipe, where the width of a terminal means nothing."""

MINIMUM_COLUMNS: Final = 40
"""Width below which Rich drops the columns of a table."""

_UNBOUNDED: Final = 100_000
"""Columns that no table takes."""


class Terminal(Console):
    """Rich's console, which prints a table wider than itself rather than cut a number, a name or a link.

    The terminal wraps such lines; a cut figure would be lost, or read as another one. Brackets in a text are
    no markup, and control characters are escaped: it may come from a file or from a request. What has a style
    is a `rich.text.Text`.
    """

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        """Create the console.

        Args:
            stderr: Print on standard error.
            width: Columns; by default the terminal's, or `PAGE_COLUMNS` elsewhere.
        """
        # Names and links may look like Rich's codes of emoji.
        super().__init__(stderr=stderr, highlight=False, emoji=False, markup=False, width=width)
        if width is None and not self.is_terminal:
            self.width = PAGE_COLUMNS
        self.width = max(self.width, MINIMUM_COLUMNS)

    @override
    def print(self, *objects: Any, crop: bool = False, **options: Any) -> None:
        for table in objects:
            if isinstance(table, Table):
                self._fit_words(table)
        super().print(*objects, crop=crop, **options)

    @override
    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)

    def _fit_words(self, table: Table) -> None:
        """Set each column's minimum width to its longest word, even beyond the console's width."""
        unbounded = self.options.update(width=_UNBOUNDED)
        for column in table.columns:
            cells = (column.header, column.footer, *column.cells)
            sizes = [Measurement.get(self, unbounded, cell) for cell in cells]
            column.min_width = max(it.maximum if column.no_wrap else it.minimum for it in sizes)


def progress_terminal() -> Terminal:
    """Return the console of progress, on standard error; it prints nothing with `iris --quiet`."""
    terminal = Terminal(stderr=True)
    terminal.quiet = is_quiet()
    return terminal
