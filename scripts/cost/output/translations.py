"""Spanish translations of the tables and charts of `iris cost`; the English text is the key.

Terms of AWS are those of its Spanish documentation.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Language: TypeAlias = Literal["en", "es"]

SPANISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Tables and their columns.
        "Instance types": "Tipos de instancia",
        "One big machine or a fleet": "Una máquina grande o una flota",
        "Fleet or function": "Flota o función",
        "The fleet's bill": "Factura de la flota",
        "The function's bill": "Factura de la función",
        "The stack's bill": "Factura del stack",
        "Sensitivity of the fleet's bill": "Sensibilidad de la factura de la flota",
        "Two configurations": "Dos configuraciones",
        "Regions": "Regiones",
        "Month by month": "Mes a mes",
        "month": "mes",
        "region": "región",
        "rank": "puesto",
        "type": "tipo",
        "instances": "instancias",
        "USD per month": "USD al mes",
        "of which instances": "de ellos, instancias",
        "USD per million": "USD por millón",
        "utilisation": "utilización",
        "lost if one fails": "pérdida si falla una",
        "Mbit/s per instance": "Mbit/s por instancia",
        "basis": "origen",
        "note": "nota",
        "option": "opción",
        "machines": "máquinas",
        "paid but unused": "pagado y sin usar",
        "function": "función",
        "free tier": "capa gratuita",
        "fleet is cheaper from": "la flota es más barata a partir de",
        "USD at that rate": "USD con ese tráfico",
        "item": "concepto",
        "component": "componente",
        "quantity": "cantidad",
        "total": "total",
        "assumption": "supuesto",
        "USD if smaller": "USD si es menor",
        "USD if larger": "USD si es mayor",
        "before": "antes",
        "after": "después",
        "difference": "diferencia",
        # Cells.
        "one big machine": "una máquina grande",
        "fleet": "flota",
        "always": "siempre",
        "never": "nunca",
        "can't be deployed": "no se puede desplegar",
        "yes": "sí",
        "no": "no",
        "fixed": "fijo",
        "marginal": "variable",
        "redundancy": "redundancia",
        "listed": "lista de precios",
        "measured": "medición",
        "scaled": "extrapolación",
        "assumed": "supuesto",
        "CPU": "CPU",
        "network bandwidth": "ancho de banda",
        "loss of a zone": "pérdida de una zona",
        "minimum": "mínimo",
        "maximum": "máximo",
        "rejected: too few instances": "descartado: faltan instancias",
        "rejected: network bandwidth": "descartado: ancho de banda",
        "rejected: CPU credits": "descartado: créditos de CPU",
        "rejected: too many targets": "descartado: demasiados destinos",
        "CPU credits": "créditos de CPU",
        "detailed monitoring": "supervisión detallada",
        "disks": "discos",
        "load balancer": "balanceador de carga",
        "load balancer capacity": "capacidad del balanceador",
        "load balancer logs": "registros del balanceador",
        "public addresses": "direcciones IP públicas",
        "firewall": "cortafuegos",
        "firewall logs": "registros del cortafuegos",
        "inspected requests": "peticiones inspeccionadas",
        "data to the internet": "transferencia de datos a internet",
        "NAT gateways": "puertas de enlace NAT",
        "data through NAT": "datos a través de NAT",
        "logs": "registros",
        "alarms": "alarmas",
        "dashboards": "paneles",
        "hosted zones": "zonas alojadas",
        "keys": "claves de cifrado",
        "key rotation": "rotación de claves",
        "secrets": "secretos",
        "elastic addresses": "direcciones IP elásticas",
        "interface endpoints": "puntos de conexión de interfaz",
        "data through endpoints": "datos a través de puntos de conexión",
        "warm pool": "instancias precalentadas",
        "traces": "trazas",
        "API calls": "llamadas a la API",
        "function requests": "peticiones a la función",
        "function duration": "duración de la función",
        "provisioned concurrency": "simultaneidad aprovisionada",
        "SnapStart": "SnapStart",
        "traffic": "tráfico",
        "throughput of a vCPU": "rendimiento de una vCPU",
        "response size": "tamaño de la respuesta",
        "requests per connection": "peticiones por conexión",
        "boot time": "tiempo de arranque",
        "duration of a request in the function": "duración de una petición en la función",
        "cold starts": "arranques en frío",
        # Charts and report.
        "requests per second": "peticiones por segundo",
        "mean requests per second": "media de peticiones por segundo",
        "demand": "demanda",
        "Cost by traffic": "Coste según el tráfico",
        "Peak demand: one big machine or a fleet": "Demanda máxima: una máquina grande o una flota",
        "Cost of the instances": "Coste de las instancias",
        "Mon Tue Wed Thu Fri Sat Sun": "lun mar mié jue vie sáb dom",
        "The cost of serving predictions": "El coste de servir predicciones",
        "Sources of the prices": "Fuentes de los precios",
    }
)


def translate(text: str, language: Language) -> str:
    """Return the translation of a text; names without a translation stay unchanged."""
    return SPANISH.get(text, text) if language == "es" else text
