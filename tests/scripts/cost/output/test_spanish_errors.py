"""Errors in Spanish: each mistake of a user, in one sentence without an English word."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.cli.modes import Mode
from scripts.cost.output.spanish_errors import ERRORS, spanish_error

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH: Final = re.compile(
    r"\b(the|is|are|not|no such|does|takes|without|with|between|and|or|of|did|you|mean|usage|try|for|help)\b",
    re.IGNORECASE,
)


def error_of(*options: str) -> tuple[int, str, str]:
    """Return exit code, the line with the error, and everything on standard error."""
    result = CliRunner().invoke(main, ["cost", *options])
    assert result.stdout == ""
    (line,) = [it for it in result.stderr.splitlines() if it.startswith("Error: ")]
    return result.exit_code, line, result.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--rate foo", "Error: Valor no válido para '--rate': 'foo' no es un número válido."),
        ("--budget nan", "Error: Valor no válido para '--budget': 'nan' no es un número finito."),
        ("--zones 9", "Error: Valor no válido para '--zones': 9 no está en el intervalo 2<=x<=3."),
        ("--zones x", "Error: Valor no válido para '--zones': 'x' no es un número entero válido."),
        ("--format x", "Error: Valor no válido para '--format': 'x' no es uno de 'table', 'json', "),
        ("--charts=", "Error: Valor no válido para '--charts': está vacío."),
        ("--nope", "Error: No existe la opción '--nope'."),
        ("--reate 5", "Error: No existe la opción '--reate'. (¿Querías decir una de estas: "),
        ("--top", "Error: La opción '--top' requiere un valor."),
        ("--free-tier=1", "Error: La opción '--free-tier' no admite ningún valor."),
        ("one two", "Error: Sobran argumentos: one two"),
        ("--growth 5", "Error: --growth no hace nada sin --months o --after."),
        ("--rate 5 --demand x.csv", "Error: --rate no hace nada junto a --demand."),
        ("--stack dev --family c7g", "Error: --family no hace nada con --stack; actúa en la comparación."),
        ("--assume log_days", "Error: --assume requiere nombre=valor."),
        ("--region us-esat-1", "Error: No hay ninguna región 'us-esat-1' en la lista de precios. ¿Querías"),
        ("--family c77g", "Error: No hay ninguna familia 'c77g' en us-east-1. ¿Querías decir "),
        ("--memory 1e9", "Error: Ningún tipo de instancia de los comparados en us-east-1 tiene "),
        ("--assume disk_gb=8.5", "Error: disk_gb es un número entero, no 8.5."),
        ("--assume disk_gb=0", "Error: disk_gb está entre 1 y 16,384 (GB), no 0."),
        ("--demand /nowhere.csv", "Error: No se puede leer /nowhere.csv: no existe."),
        ("--peak-factor 0.5", "Error: El factor de pico está entre 1 y "),
        ("--stack nowhere", "Error: El programa del stack nowhere falla: no existe Pulumi.nowhere.yaml"),
    ],
)
@pytest.mark.parametrize("language", [["--lang", "es"], ["--lang=es"]], ids=["apart", "joined"])
def test_a_mistake_is_explained_in_spanish(options: str, expected: str, language: list[str]):
    english_code = CliRunner().invoke(main, ["cost", *options.split()]).exit_code
    code, line, whole = error_of(*language, *options.split())
    assert line.startswith(expected)
    assert code == english_code
    words = re.sub(r"'[^']*'|--?[\w-]+|/?[\w/.]+\.\w+", "", whole)
    assert ENGLISH.findall(words) == []


def test_a_mistake_without_a_language_is_explained_in_english():
    _, line, whole = error_of("--rate", "foo", "--lang", "en")
    assert line == "Error: Invalid value for '--rate': 'foo' is not a valid float range."
    assert whole == f"{line}\n"


def test_an_unreadable_demand_is_explained_in_spanish(tmp_path: Path):
    path = tmp_path / "week.csv"
    path.write_bytes(b"\xe91\n")
    assert (
        error_of("--demand", str(path), "--lang", "es")[1] == f"Error: No se puede leer {path}: no es UTF-8."
    )
    path.write_text("1,234\n" * 24)
    assert (
        "puede ser un número con coma decimal o dos columnas"
        in error_of("--demand", str(path), "--lang", "es")[1]
    )


def test_each_translation_has_the_fields_of_its_template():
    def fields(template: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(template)} - {None}

    assert [it for it in ERRORS if fields(it) != fields(ERRORS[it])] == []


def test_each_mode_has_a_translation():
    assert [it.value for it in Mode if spanish_error(it.value) == it.value] == []


def test_a_text_without_a_template_stays_as_it_is():
    assert spanish_error("Something else.") == "Something else."
