"""Spanish texts of `iris cost --help`; the English text is the key."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

METAVARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DIRECTORY": "CARPETA",
        "FILE": "ARCHIVO",
        "FLOAT RANGE": "NÚMERO",
        "FLOAT": "NÚMERO",
        "INTEGER RANGE": "ENTERO",
        "PATH": "RUTA",
        "TEXT": "TEXTO",
    }
)
"""Kind of a value, as click writes it -> the same in Spanish."""

HELP: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Paragraphs.
        "Compare the costs of serving your traffic: instance types, one big machine, a fleet, a function.": (
            "Compara los costes de servir tu tráfico: tipos de instancia, una máquina grande, una flota, una "
            "función."
        ),
        "Sizes a fleet for every hour of a week so that it survives the loss of a zone, prices every line of "
        "the bill from a dated price list, and marks each number as listed, measured, scaled or assumed. An "
        "option that would do nothing is refused.": "Dimensiona una flota para cada hora de una semana, de "
        "modo que sobreviva a la pérdida de una zona, calcula cada línea de la factura con una lista de "
        "precios fechada, y marca cada número como lista de precios, medición, extrapolación o supuesto. Se "
        "rechaza toda opción que no haría nada.",
        "Exit status: 0 = success, 1 = failure, 2 = invalid option or argument, 3 = a bill above --budget, "
        "130 = Ctrl-C.": "Código de salida: 0 = éxito, 1 = error, 2 = opción o argumento no válidos, 3 = una "
        "factura por encima de --budget, 130 = Ctrl-C.",
        # Options.
        "AWS region.  [default: us-east-1; with --stack, that of the stack or of the environment]": (
            "Región de AWS.  [por defecto: us-east-1; con --stack, la del stack o la del entorno]"
        ),
        "Requests per second, averaged over the week.": "Peticiones por segundo, de media en la semana.",
        "Ratio of the busiest hour to the average; 1 = constant traffic.  [default: a typical week]": (
            "Cociente entre la hora de más tráfico y la media; 1 = tráfico constante.  [por defecto: una "
            "semana típica]"
        ),
        "CSV file with requests per second for each hour of a day, or of a week from Monday on, instead of "
        "--rate; or cloudwatch:STACK for the last week of a deployed stack: its requests, bytes, "
        "connections, capacity units and durations.": "Archivo CSV con las peticiones por segundo de cada "
        "hora de un día, o de una semana desde el lunes, en lugar de --rate; o cloudwatch:STACK para la "
        "última semana de un stack desplegado: sus peticiones, bytes, conexiones, unidades de capacidad y "
        "duraciones.",
        "Growth in percent per month.": "Crecimiento en porcentaje al mes.",
        "With --growth: show the bill of today and of each of the next months instead.": (
            "Con --growth: muestra en su lugar la factura de hoy y la de cada uno de los próximos meses."
        ),
        "Months of growth before the month that is shown.": (
            "Meses de crecimiento antes del mes que se muestra."
        ),
        "Headers included.  [default: 500]": "Con las cabeceras.  [por defecto: 500]",
        "Headers included.  [default: 350, or as CloudWatch measured it]": (
            "Con las cabeceras.  [por defecto: 350, o lo que midió CloudWatch]"
        ),
        "Instance type of the fleet's bill.  [default: the cheapest one that carries the load]": (
            "Tipo de instancia de la factura de la flota.  [por defecto: el más barato que soporta la carga]"
        ),
        "Compare this family only; may be repeated.": "Compara solo esta familia; se puede repetir.",
        "Minimum GiB of the types that are compared.": "Mínimo de GiB de los tipos que se comparan.",
        "Availability zones.": "Zonas de disponibilidad.",
        "Minimum number of instances.": "Número mínimo de instancias.",
        "Target utilisation of an instance, in percent of its throughput.": (
            "Utilización objetivo de una instancia, en porcentaje de su rendimiento."
        ),
        "Term of reserved instances, which are used where they run enough to pay off, and of a Compute "
        "Savings Plan for the function's duration; without a payment: all upfront.": "Plazo de las "
        "instancias reservadas, que se usan donde funcionan lo suficiente para amortizarse, y de un Compute "
        "Savings Plan para la duración de la función; sin forma de pago: todo por adelantado.",
        "Percent of the other instances at spot.": "Porcentaje de las demás instancias que son de spot.",
        "Burstable instances are throttled instead of charged.": (
            "Las instancias de rendimiento ampliable se ralentizan en lugar de pagar créditos."
        ),
        "Neither fleet nor function has a firewall.": "Ni la flota ni la función tienen cortafuegos.",
        "Neither load balancer nor API logs requests; Lambda still writes its own lines.": (
            "Ni el balanceador ni la API registran peticiones; Lambda sigue escribiendo sus propias líneas."
        ),
        "MB.": "MB.",
        "No other use in the account counts against the free tiers.": (
            "Ningún otro uso de la cuenta consume las capas gratuitas."
        ),
        "Measurement to scale from, as `iris capacity` writes it.  [default: the project's own "
        "measurement]": "Medición de la que se extrapola, como la escribe `iris capacity`.  [por defecto: la "
        "del proyecto]",
        "name=value, in place of an assumption that `--show assumptions` lists; may be repeated.": (
            "nombre=valor, en lugar de un supuesto de los que lista `--show assumptions`; se puede repetir."
        ),
        "YAML or JSON file with assumptions, by name; --assume overrides it.": (
            "Archivo YAML o JSON con supuestos, por nombre; --assume prevalece."
        ),
        "Show the cheapest instance type of every region instead.": (
            "Muestra en su lugar el tipo de instancia más barato de cada región."
        ),
        "Tables to show.  [default: all]": "Tablas que se muestran.  [por defecto: todas]",
        "Instance types to show.  [default: 12]": "Tipos de instancia que se muestran.  [por defecto: 12]",
        "Folder for charts, SVG and PNG.": "Carpeta para los gráficos, en SVG y PNG.",
        "File for the report as an HTML page, too.": "Archivo para el informe, además, como página HTML.",
        "Format of the report.": "Formato del informe.",
        "Language of the report, of errors and of this help.": (
            "Idioma del informe, de los errores y de esta ayuda."
        ),
        "Price the resources of this stack instead, as the Pulumi program requests them.": (
            "Calcula en su lugar el coste de los recursos de este stack, como los pide el programa de Pulumi."
        ),
        "Price the resources of a preview instead: a file with the output of `pulumi preview --json "
        "--show-sames`, or - for standard input.": "Calcula en su lugar el coste de los recursos de una "
        "vista previa: un archivo con la salida de `pulumi preview --json --show-sames`, o - para la entrada "
        "estándar.",
        "With --stack: key=value, to try a setting, which does not apply to --against.": (
            "Con --stack: clave=valor, para probar un ajuste, que no se aplica a --against."
        ),
        "With --stack or --preview: branch or commit to compare the stack with.": (
            "Con --stack o --preview: rama o commit con el que se compara el stack."
        ),
        "Fail if the bill is above this many USD per month.": (
            "Falla si la factura supera estos USD al mes."
        ),
        "Show this message and exit.": "Muestra este mensaje y termina.",
        # Examples.
        "your own traffic": "tu propio tráfico",
        "fleet or Lambda?": "¿flota o Lambda?",
        "the traffic of a deployed stack": "el tráfico de un stack desplegado",
        "the bills of a year of growth, month by month": "las facturas de un año de crecimiento, mes a mes",
        "for CI: fails above 100 USD per month": "para CI: falla por encima de 100 USD al mes",
        "the cost of a change of the configuration": "el coste de un cambio de la configuración",
        "from `pulumi preview --json --show-sames`": "de `pulumi preview --json --show-sames`",
    }
)
"""English text of the help -> Spanish text."""

_EXAMPLE: Final = re.compile(r"(?P<command>  iris .*?\S {2,})(?P<text>.+)")


def spanish_help(text: str) -> str:
    """Return a text of the help in Spanish, paragraph by paragraph, and an example line by line."""
    return "\n\n".join(map(_paragraph, text.split("\n\n")))


def spanish_option(names: str, text: str) -> tuple[str, str]:
    """Return the names of an option with the kind of its value, and the end of its text, in Spanish."""
    for english, spanish in METAVARIABLES.items():
        if names.endswith(f" {english}"):
            names = f"{names.removesuffix(english)}{spanish}"
            break
    return names, text.replace("[default: ", "[por defecto: ")


def _paragraph(text: str) -> str:
    for each in (text, " ".join(text.split())):
        if each in HELP:
            return HELP[each]
    return "\n".join(map(_example, text.replace("Examples:", "Ejemplos:").split("\n")))


def _example(line: str) -> str:
    found = _EXAMPLE.fullmatch(line)
    return found["command"] + HELP.get(found["text"], found["text"]) if found else line
