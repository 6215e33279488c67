"""What things are called, in English and in Spanish. The English word is the key."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Language: TypeAlias = Literal["en", "es"]

SPANISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Tables and their columns.
        "Instance sizes": "Tamaños de instancia",
        "One big machine or a fleet": "Una máquina grande o una flota",
        "Fleet or function": "Flota o función",
        "The fleet's bill": "La factura de la flota",
        "The function's bill": "La factura de la función",
        "What the fleet's bill hangs on": "De qué depende la factura de la flota",
        "Two configurations": "Dos configuraciones",
        "Regions": "Regiones",
        "Month by month": "Mes a mes",
        "month": "mes",
        "region": "región",
        "type": "tipo",
        "instances": "instancias",
        "USD a month": "USD al mes",
        "of it instances": "de ello instancias",
        "USD per million": "USD por millón",
        "used": "en uso",
        "lost with one": "se pierde con una",
        "Mbit/s of one": "Mbit/s de una",
        "known": "certeza",
        "note": "nota",
        "way": "modo",
        "machines": "máquinas",
        "paid and unused": "pagado sin usar",
        "function": "función",
        "free tier": "nivel gratuito",
        "fleet is cheaper from": "la flota es más barata desde",
        "USD there": "USD allí",
        "item": "concepto",
        "part": "parte",
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
        "yes": "sí",
        "no": "no",
        "fixed": "fija",
        "marginal": "marginal",
        "redundancy": "redundancia",
        "listed": "de lista",
        "measured": "medido",
        "scaled": "escalado",
        "assumed": "supuesto",
        "overloaded": "sobrecargada",
        "CPU credits": "créditos de CPU",
        "disks": "discos",
        "load balancer": "balanceador de carga",
        "load balancer capacity": "capacidad del balanceador",
        "load balancer logs": "registros del balanceador",
        "public addresses": "direcciones públicas",
        "firewall": "cortafuegos",
        "firewall logs": "registros del cortafuegos",
        "inspected requests": "peticiones inspeccionadas",
        "data to the internet": "datos hacia internet",
        "NAT gateways": "pasarelas NAT",
        "data through NAT": "datos por NAT",
        "logs": "registros",
        "alarms": "alarmas",
        "dashboards": "paneles",
        "hosted zones": "zonas DNS",
        "keys": "claves de cifrado",
        "secrets": "secretos",
        "elastic addresses": "direcciones elásticas",
        "interface endpoints": "puntos de enlace",
        "data through endpoints": "datos por puntos de enlace",
        "warm pool": "reserva caliente",
        "traces": "trazas",
        "The stack's bill": "La factura del entorno",
        "API calls": "llamadas a la API",
        "function requests": "peticiones a la función",
        "function duration": "duración de la función",
        "provisioned concurrency": "concurrencia aprovisionada",
        "SnapStart": "SnapStart",
        "traffic": "tráfico",
        "throughput of a vCPU": "rendimiento de una vCPU",
        "response size": "tamaño de la respuesta",
        "requests per connection": "peticiones por conexión",
        "boot time": "tiempo de arranque",
        "time of a request in the function": "tiempo de una petición en la función",
        "cold starts": "arranques en frío",
        # Charts.
        "requests a second": "peticiones por segundo",
        "mean requests a second": "peticiones por segundo, en promedio",
        "demand": "demanda",
        "paid for and unused": "pagado y sin usar",
        "Cost by traffic": "Costo según el tráfico",
        "The lesson of peak demand": "La lección de la demanda pico",
        "What the instances cost": "Lo que cuestan las instancias",
        "Mon Tue Wed Thu Fri Sat Sun": "lun mar mié jue vie sáb dom",
        "The cost of serving predictions": "El costo de servir predicciones",
        "Sources of the prices": "Fuentes de los precios",
    }
)


def say(key: str, language: Language) -> str:
    """Return what `key` is called; what has no other name keeps its own."""
    return SPANISH.get(key, key) if language == "es" else key
