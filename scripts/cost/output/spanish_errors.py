"""Spanish texts of errors: those of click and of this command, by the templates of their English texts."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

LISTS: Final = {"places": (", ", ", "), "names": (" or ", " o ")}
"""Field that is a list of texts, of which each has a translation -> separator in English and in Spanish."""

ERRORS: Final[dict[str, str]] = {
    # Of click.
    "Invalid value for {option}: {rest}": "Valor no válido para {option}: {rest}",
    "{value} is not a valid float range.": "{value} no es un número válido.",
    "{value} is not a valid float.": "{value} no es un número válido.",
    "{value} is not a valid integer range.": "{value} no es un número entero válido.",
    "{value} is not a valid integer.": "{value} no es un número entero válido.",
    "{value} is not a finite number.": "{value} no es un número finito.",
    "{value} is not in the range {range}.": "{value} no está en el intervalo {range}.",
    "{value} is not one of {choices}.": "{value} no es uno de {choices}.",
    "No such option {option}. (Did you mean one of: {others}?)": (
        "No existe la opción {option}. (¿Querías decir una de estas: {others}?)"
    ),
    "No such option {option}. Did you mean {other}?": "No existe la opción {option}. ¿Querías decir {other}?",
    "No such option {option}.": "No existe la opción {option}.",
    "Option {option} requires an argument.": "La opción {option} requiere un valor.",
    "Option {option} does not take a value.": "La opción {option} no admite ningún valor.",
    "Got unexpected extra argument ({extra})": "Sobra un argumento: {extra}",
    "Got unexpected extra arguments ({extra})": "Sobran argumentos: {extra}",
    "File {path} is a directory.": "El archivo {path} es una carpeta.",
    "Directory {path} is a file.": "La carpeta {path} es un archivo.",
    "it is empty.": "está vacío.",
    # Options that do nothing.
    "{option} does nothing {place}; it acts {places}.": "{option} no hace nada {place}; actúa {places}.",
    "in the comparison": "en la comparación",
    "with --all-regions": "con --all-regions",
    "with --months": "con --months",
    "with --stack": "con --stack",
    "with --stack and --months": "con --stack y --months",
    "with --preview": "con --preview",
    "with --preview and --months": "con --preview y --months",
    "{option} does nothing without --months or --after.": "{option} no hace nada sin --months o --after.",
    "{option} does nothing with --all-regions, unless --demand reads CloudWatch.": (
        "{option} no hace nada con --all-regions, salvo que --demand lea CloudWatch."
    ),
    "{option} does nothing with --format csv, whose headings are English.": (
        "{option} no hace nada con --format csv, cuyos títulos están en inglés."
    ),
    "{name} does nothing with a stack, which has its own.": (
        "{name} no hace nada con un stack, que tiene el suyo."
    ),
    "{option} does nothing without {other}.": "{option} no hace nada sin {other}.",
    "{option} does nothing beside {other}.": "{option} no hace nada junto a {other}.",
    "{option} takes key=value.": "{option} requiere clave=valor.",
    "{option} takes name=value.": "{option} requiere nombre=valor.",
    "CSV contains one table: choose it with a single --show.": (
        "CSV contiene una sola tabla: elígela con un solo --show."
    ),
    # Names.
    "{rest} Did you mean {names}?": "{rest} ¿Querías decir {names}?",
    "No region {name} in the price snapshot.": "No hay ninguna región {name} en la lista de precios.",
    "No instance type {name} in {region}.": "No hay ningún tipo de instancia {name} en {region}.",
    "No family {name} in {region}.": "No hay ninguna familia {name} en {region}.",
    "No instance type that is compared in {region} has {memory} GiB of memory.": (
        "Ningún tipo de instancia de los comparados en {region} tiene {memory} GiB de memoria."
    ),
    "No assumption {name}.": "No hay ningún supuesto {name}.",
    "No assumption {name}. There are {names}.": "No hay ningún supuesto {name}. Hay {names}.",
    # Assumptions.
    "{name} is between {minimum} and {maximum} ({unit}), not {value}.": (
        "{name} está entre {minimum} y {maximum} ({unit}), no {value}."
    ),
    "{name} is a whole number, not {value}.": "{name} es un número entero, no {value}.",
    "{name} takes a number, not {value}.": "{name} requiere un número, no {value}.",
    "{path} is no YAML: {reason}.": "{path} no es YAML: {reason}.",
    "{path} is no mapping of assumptions and their values.": ("{path} no asigna valores a supuestos."),
    # Demand.
    "A peak factor is between 1 and {maximum}, not {value}.": (
        "El factor de pico está entre 1 y {maximum}, no {value}."
    ),
    "The demand exceeds {maximum} requests per second: check its numbers.": (
        "La demanda supera {maximum} peticiones por segundo: revisa sus números."
    ),
    "After {months} months of {percent} % growth: {rest}": (
        "Tras {months} meses con un crecimiento del {percent} %: {rest}"
    ),
    "the demand exceeds {maximum} requests per second: check its numbers.": (
        "la demanda supera {maximum} peticiones por segundo: revisa sus números."
    ),
    "{path} has {count} hours; a day has 24 and a week 168.": (
        "{path} tiene {count} horas; un día tiene 24 y una semana 168."
    ),
    "{path} has {count} columns: leave the hour and the requests per second, in this order.": (
        "{path} tiene {count} columnas: deja la hora y las peticiones por segundo, en este orden."
    ),
    "{path}: the first column does not count the hours from 0 or 1 on. The hour comes first, then the "
    "requests per second.": "{path}: la primera columna no cuenta las horas desde 0 o 1. Primero va la hora, "
    "y después las peticiones por segundo.",
    "{path}: {row} has {count} columns, and the first line has {first}. A number with a comma is written in "
    "quotes, or the columns are separated by semicolons.": "{path}: {row} tiene {count} columnas y la "
    "primera línea {first}. Un número con coma se escribe entre comillas, o las columnas se separan con "
    "punto y coma.",
    "{path}: {row} may be one number with a decimal comma, or two columns. Name the columns in the first "
    "line, or write a decimal point.": "{path}: {row} puede ser un número con coma decimal o dos columnas. "
    "Nombra las columnas en la primera línea, o escribe un punto decimal.",
    "{path}, hour {hour}: {value} may have thousands or three decimals. Write it without the separator of "
    "thousands.": "{path}, hora {hour}: {value} puede tener millares o tres decimales. Escríbelo sin el "
    "separador de millares.",
    "{path}, hour {hour}: {value} is no number of requests per second.": (
        "{path}, hora {hour}: {value} no es un número de peticiones por segundo."
    ),
    "--demand cloudwatch:STACK takes the name of a stack.": (
        "--demand cloudwatch:STACK requiere el nombre de un stack."
    ),
    "CloudWatch can't be read: {reason}": "No se puede leer CloudWatch: {reason}",
    # Files.
    "{path} can't be read: {reason}.": "No se puede leer {path}: {reason}.",
    "Cannot write {path}: {reason}.": "No se puede escribir {path}: {reason}.",
    "{path} is missing: {command} measures it.": "Falta {path}: {command} lo mide.",
    "{path} is no measurement of capacity: {reason}.": "{path} no es una medición de capacidad: {reason}.",
    "No such file or directory": "no existe",
    "Is a directory": "es una carpeta",
    "Permission denied": "falta el permiso",
    "it is no UTF-8": "no es UTF-8",
    "it is no JSON object": "no es un objeto JSON",
    # Stacks.
    "The program of the stack {stack} fails: {reason}": "El programa del stack {stack} falla: {reason}",
    "there is no {path}": "no existe {path}",
    "Nothing to price: the stack {stack} has neither a fleet nor a function.": (
        "No hay nada que calcular: el stack {stack} no tiene flota ni función."
    ),
    "--region {region}: the preview is of {other}.": "--region {region}: la vista previa es de {other}.",
}
"""Template of an English error -> its Spanish text."""


def spanish_error(text: str) -> str:
    """Return the Spanish text of an error; a reason of another program stays as it is."""
    for template in _most_literal_first():
        if found := _pattern(template).fullmatch(text):
            return ERRORS[template].format_map(
                {name: _translated(name, it) for name, it in found.groupdict().items()}
            )
    return text


def _translated(name: str, value: str) -> str:
    if separators := LISTS.get(name):
        english, spanish = separators
        return spanish.join(spanish_error(it) for it in value.split(english))
    return spanish_error(value)


@cache
def _most_literal_first() -> list[str]:
    """Return the templates, of which several may fit: the one with most text of its own comes first."""
    return sorted(ERRORS, key=lambda template: -len(re.sub(r"\{\w+\}", "", template)))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return the regular expression of the texts of a template."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(pattern, re.DOTALL)
