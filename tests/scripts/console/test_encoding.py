"""Output of the real command on streams of other encodings than UTF-8, and files in such encodings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.console.encoding import HANDLER, configure_streams, printable, text_encoding, transliterated

ROOT = Path(__file__).resolve().parents[3]


@cache
def iris(encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_a_table_is_printed_in_any_encoding_with_the_same_figures(encoding: str):
    printed, other = (iris(it, "cost", "--lang", "es") for it in ("utf-8", encoding))
    assert (printed.returncode, other.returncode) == (0, 0)
    assert b"Traceback" not in other.stderr
    figures = [
        [word for word in text.split() if word[0].isdigit()]
        for text in (printed.stdout.decode(), other.stdout.decode(encoding))
    ]
    assert figures[0] == figures[1]


def test_latin_1_keeps_the_accents_that_it_has():
    assert "utilización".encode("latin-1") in iris("latin-1", "cost", "--lang", "es").stdout


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", r"\d+ de 12 fuentes de precios tienen mas de 180 dias"),
        ("latin-1", r"\d+ de 12 fuentes de precios tienen más de 180 días"),
    ],
)
def test_warnings_and_errors_are_in_the_encoding_of_standard_error(encoding: str, expected: str):
    shown = iris(encoding, "cost", "--lang", "es", "--show", "fleet", "--format", "markdown")
    assert re.search(f"Aviso: {expected}", shown.stderr.decode(encoding))
    assert re.search(expected, shown.stdout.decode(encoding))
    wrong = iris(encoding, "cost", "--lang", "es", "--bogus")
    option = "opcion" if encoding == "ascii" else "opción"
    assert wrong.stderr == f"Error: No existe la {option} '--bogus'.\n".encode(encoding)


def test_a_page_on_standard_output_is_the_utf_8_that_it_declares():
    page = iris("latin-1", "cost", "--lang", "es", "--show", "fleet", "--format", "html").stdout
    assert b'charset="utf-8"' in page.lower()
    assert "utilización".encode() in page or "máquina".encode() in page or "petición".encode() in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cut…", b"cut..."),
        ("a \N{EN DASH} b → c", b"a - b -> c"),
        ("≤ 3 \N{MULTIPLICATION SIGN} 5 µs", b"<= 3 x 5 us"),
        ("España, Córdoba", b"Espana, Cordoba"),
        ("⠋ 日", b"* ?"),
    ],
)
def test_what_ascii_lacks_is_transliterated(text: str, expected: bytes):
    configure_streams()
    assert text.encode("ascii", errors=HANDLER) == expected


@given(st.characters())
def test_every_character_has_a_transliteration_in_ascii(character: str):
    assert transliterated(character).isascii()
    assert transliterated(character)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@given(st.from_regex(r"[!-~][ -~]", fullmatch=True), st.text())
def test_a_file_that_begins_with_ascii_is_read_in_the_encoding_in_which_it_was_written(
    encoding: str, start: str, rest: str
):
    content = f"{start}{rest}".encode(encoding, errors="replace")
    assert content.decode(text_encoding(content)) == content.decode(encoding)


@pytest.mark.parametrize("content", [b"", b"p", b"\xef\xbb\xbfp", "año".encode()])
def test_everything_else_is_read_as_utf_8_without_its_mark(content: bytes):
    assert content.decode(text_encoding(content)) == content.decode().removeprefix("\ufeff")


def test_control_characters_are_escaped_and_line_breaks_and_tabs_stay():
    # ECMA-48: ESC [ and its 8-bit form, CSI, begin control sequences; ESC ] renames windows.
    assert printable("a\x1b[2J\x9b2J\x07\0\r\x7f\n\tñ→日") == r"a\x1b[2J\x9b2J\x07\x00\r\x7f" + "\n\tñ→日"
