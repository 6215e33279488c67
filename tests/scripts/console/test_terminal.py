"""Console of the commands: tables at widths that are too small for them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from scripts.console.terminal import PAGE_COLUMNS, Terminal

if TYPE_CHECKING:
    import pytest

words = st.text("abcxyz0123456789.,:/-", min_size=1, max_size=60)


def printed(table: Table, width: int | None) -> str:
    terminal = Terminal(width=width)
    terminal.file = io.StringIO()
    terminal.print(table)
    return terminal.file.getvalue()


@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=4), st.integers(1, 120))
def test_no_word_of_a_table_is_cut_at_any_width(rows: list[tuple[str, str, str]], width: int):
    table = Table("name", "USD per month", "link")
    for row in rows:
        table.add_row(*row)
    text = printed(table, width)
    assert "…" not in text
    for word in ("USD", "month", *(word for row in rows for word in row)):
        assert word in text


def test_a_column_that_may_not_wrap_is_printed_in_one_line():
    table = Table()
    table.add_column("name", no_wrap=True)
    table.add_column("text")
    table.add_row("one name of five words", "a text that wraps " * 4)
    assert "one name of five words" in printed(table, 30)


def test_a_table_that_fits_keeps_to_the_width():
    table = Table("text")
    table.add_row("a text that wraps " * 20)
    assert max(map(len, printed(table, 40).splitlines())) == 40


def test_brackets_are_no_markup_and_control_characters_are_escaped_in_cells_titles_and_lines():
    table = Table("[b]name[/b]", title="[red]of[/]")
    table.add_row("[/foo]\x1b[2J")
    text = printed(table, 60)
    assert {"[b]name[/b]", "[red]of[/]", r"[/foo]\x1b[2J"} <= {it.strip(" ┃│") for it in text.splitlines()}
    terminal = Terminal(width=60)
    terminal.file = io.StringIO()
    terminal.print("[Errno 2] at [/dev/null]\x07")
    assert terminal.file.getvalue() == "[Errno 2] at [/dev/null]\\x07\n"


def test_a_name_that_looks_like_an_emoji_is_printed_as_it_is():
    assert "key:rose:value" in printed(Table("key:rose:value"), 60)
    terminal = Terminal(width=60)
    terminal.file = io.StringIO()
    terminal.print("key:rose:value")
    assert terminal.file.getvalue() == "key:rose:value\n"


def test_without_a_terminal_the_width_is_that_of_a_page(capsys: pytest.CaptureFixture[str]):
    table = Table("text")
    table.add_row("a text that wraps " * 40)
    Terminal().print(table)
    assert max(map(len, capsys.readouterr().out.splitlines())) == PAGE_COLUMNS
