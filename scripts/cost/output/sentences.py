"""Spanish translations of the sentences and the assumptions of `iris cost`; the English text is the key."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SPANISH_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Above the tables.
        "Demand: {mean:,.6g} requests per second on average, {peak:,.6g} at the peak; {sent:,} bytes per "
        "request and {received:,} per response.": "Demanda: {mean:,.6g} peticiones por segundo de media, "
        "{peak:,.6g} en el pico; {sent:,} bytes por petición y {received:,} por respuesta.",
        "Measured by CloudWatch in the last week: {items}.": (
            "Medido por CloudWatch en la última semana: {items}."
        ),
        "{value:,.0f} bytes per request and its response": "{value:,.0f} bytes por petición y su respuesta",
        "{value:,.4g} requests per connection": "{value:,.4g} peticiones por conexión",
        "{value:,.4g} capacity units of the load balancer for a million requests per hour": (
            "{value:,.4g} unidades de capacidad del balanceador por cada millón de peticiones por hora"
        ),
        "{value:,.4g} ms per request in the function": "{value:,.4g} ms por petición en la función",
        "Capacity: {each:,.0f} requests per second and vCPU, {basis} on {machine} ({date}, {commit}).": (
            "Capacidad: {each:,.0f} peticiones por segundo y vCPU, {basis} en {machine} ({date}, {commit})."
        ),
        "Capacity: {each:,.0f} requests per second and vCPU, from {low:,.0f} in the worst case to "
        "{high:,.0f} in the best, {basis} on {machine} ({date}, {commit}).": "Capacidad: {each:,.0f} "
        "peticiones por segundo y vCPU, de {low:,.0f} en el peor caso a {high:,.0f} en el mejor, {basis} en "
        "{machine} ({date}, {commit}).",
        "Prices: {region}, as of {first} to {last}.": "Precios: {region}, del {first} al {last}.",
        "Prices: {region}.": "Precios: {region}.",
        "Included: {items}. Not included: taxes, AWS Support, and what is named as not priced.": (
            "Incluido: {items}. No incluido: impuestos, AWS Support y lo que consta como sin precio."
        ),
        "Included in both: {both}; in the fleet also: {fleet}; in the function also: {function}. Not "
        "included: {excluded}taxes, AWS Support, and what is named as not priced.": "Incluido en ambas: "
        "{both}; además, en la flota: {fleet}; además, en la función: {function}. No incluido: "
        "{excluded}impuestos, AWS Support y lo que consta como sin precio.",
        "{items}, ": "{items}, ",
        # Conclusions.
        "No instance type that is compared carries the load; {function} costs {usd:,.2f} USD per month, of "
        "which {items}.": "Ningún tipo de instancia de los comparados soporta la carga; {function} cuesta "
        "{usd:,.2f} USD al mes, de ellos {items}.",
        "Cheapest: {winner}, for {usd:,.2f} USD per month, of which {items}; {range}; {loser} costs "
        "{other:,.2f}; {change}.": "Lo más barato: {winner}, por {usd:,.2f} USD al mes, de ellos {items}; "
        "{range}; {loser} cuesta {other:,.2f}; {change}.",
        "A fleet of {type} costs {usd:,.2f} USD per month, of which {items}; {range}; {others}; {change}.": (
            "Una flota de {type} cuesta {usd:,.2f} USD al mes, de ellos {items}; {range}; {others}; {change}."
        ),
        "A fleet of {type}, for {usd:,.2f} USD per month, does not carry the load: {problem}; {others}.": (
            "Una flota de {type}, por {usd:,.2f} USD al mes, no soporta la carga: {problem}; {others}."
        ),
        "the cheapest type that is compared is {type}, for {usd:,.2f}; {function} costs {other:,.2f}": (
            "el tipo más barato de los comparados es {type}, por {usd:,.2f}; {function} cuesta {other:,.2f}"
        ),
        "{function} costs {other:,.2f}": "{function} cuesta {other:,.2f}",
        "wrong assumptions may make it {low:,.2f} to {high:,.2f}": (
            "con otros supuestos serían entre {low:,.2f} y {high:,.2f}"
        ),
        "no assumption moves it": "ningún supuesto la cambia",
        "{loser} is cheaper if this changes: {what} {value:,.6g} {unit}": (
            "{loser} es más barata si esto cambia: {what} {value:,.6g} {unit}"
        ),
        "no assumption within its range, and no traffic up to {rate:,.0f} requests per second, changes the "
        "advice": "ningún supuesto dentro de su margen, ni ningún tráfico hasta {rate:,.0f} peticiones por "
        "segundo, cambia el consejo",
        "with these assumptions, {loser} is cheaper at {rate:,.4g} requests per second, for example": (
            "con estos supuestos, {loser} es más barata con, por ejemplo, {rate:,.4g} peticiones por segundo"
        ),
        "with these assumptions, {cheaper} is cheaper below {rate:,.4g} requests per second": (
            "con estos supuestos, {cheaper} es más barata por debajo de {rate:,.4g} peticiones por segundo"
        ),
        "No region can be ranked: each borrows prices, or no type carries the load.": (
            "No se puede ordenar ninguna región: todas toman precios de otra, o ningún tipo soporta la carga."
        ),
        "Cheapest of {count} ranked regions: {region} with {type}, for {usd:,.2f} USD per month; {last} "
        "costs {more:.1%} more.": "La más barata de {count} regiones ordenadas: {region} con {type}, por "
        "{usd:,.2f} USD al mes; {last} cuesta un {more:.1%} más.",
        "{name} costs {today:,.2f} USD today and {usd:,.2f} in month {month}, of which {items}": (
            "{name} cuesta {today:,.2f} USD hoy y {usd:,.2f} en el mes {month}, de ellos {items}"
        ),
        "{growth}.": "{growth}.",
        "Cheapest in every month: {growth}.": "Lo más barato en todos los meses: {growth}.",
        "Cheapest today: {growth}; from month {month} on, {other} is cheaper.": (
            "Lo más barato hoy: {growth}; desde el mes {month} es más barata {other}."
        ),
        "The stack {stack} costs {usd:,.2f} USD per month, of which {items}.": (
            "El stack {stack} cuesta {usd:,.2f} USD al mes, de ellos {items}."
        ),
        "The stack {stack} costs {usd:,.2f} USD per month, of which {items}; wrong assumptions may make it "
        "{low:,.2f} to {high:,.2f}, by this one most: {what}.": "El stack {stack} cuesta {usd:,.2f} USD al "
        "mes, de ellos {items}; con otros supuestos serían entre {low:,.2f} y {high:,.2f}, sobre todo por "
        "este: {what}.",
        "The change costs nothing: {usd:,.2f} USD per month, as before.": (
            "El cambio no cuesta nada: {usd:,.2f} USD al mes, como antes."
        ),
        "The change costs {change:+,.2f} USD per month ({share:+.1%}), from {before:,.2f} to {after:,.2f}; "
        "most of it: {item} {usd:+,.2f}.": "El cambio cuesta {change:+,.2f} USD al mes ({share:+.1%}), de "
        "{before:,.2f} a {after:,.2f}; sobre todo: {item} {usd:+,.2f}.",
        "a fleet of {type}": "una flota de {type}",
        "the function {name}": "la función {name}",
        "The stack {stack}": "El stack {stack}",
        "{share:.0%} for {item}": "el {share:.0%} por {item}",
        "nothing is billed": "no se factura nada",
        "unchanged items: {count}": "conceptos sin cambio: {count}",
        # Warnings.
        "CloudWatch has no data for {count} hours, the first of them {first} UTC; they count as no "
        "requests.": "CloudWatch no tiene datos de {count} horas, la primera de ellas {first} UTC; cuentan "
        "como horas sin peticiones.",
        "CloudWatch has no data of {metrics}: assumptions take their place.": (
            "CloudWatch no tiene datos de {metrics}: los sustituyen supuestos."
        ),
        "{count} of {all} price sources are older than {days} days, the oldest of {date} ({source}). "
        "`iris prices refresh` renews them.": "{count} de {all} fuentes de precios tienen más de {days} "
        "días, la más antigua del {date} ({source}). `iris prices refresh` las renueva.",
        "no known date": "fecha desconocida",
        "no price {option} is known in {region} of {types}: the price on demand is used instead.": (
            "no se conoce el precio {option} en {region} de {types}: se usa el precio bajo demanda."
        ),
        "no price under the commitment {option} is known in {region} of {types}: the price on demand is used "
        "instead.": "no se conoce el precio con el compromiso {option} en {region} de {types}: se usa el "
        "precio bajo demanda.",
        "{count} instance types without a price under the commitment {option} are not compared.": (
            "{count} tipos de instancia sin precio con el compromiso {option} no se comparan."
        ),
        "on demand": "bajo demanda",
        "1 year, all upfront": "1 año, pago total por adelantado",
        "1 year, partial upfront": "1 año, pago parcial por adelantado",
        "1 year, no upfront": "1 año, sin pago por adelantado",
        "3 years, all upfront": "3 años, pago total por adelantado",
        "3 years, partial upfront": "3 años, pago parcial por adelantado",
        "3 years, no upfront": "3 años, sin pago por adelantado",
        "at spot": "de spot",
        "prices of {reference} stand in for unknown ones of {region}: {items}.": (
            "precios de {reference} sustituyen a los desconocidos de {region}: {items}."
        ),
        "{problem} The region is not ranked.": "{problem} La región no se ordena.",
        "not priced: {text}": "sin precio: {text}",
        "not priced: {text}.": "sin precio: {text}.",
        "{keys} count with their defaults, since Pulumi does not decrypt them here; `pulumi config "
        "--show-secrets` says why.": "{keys} cuentan con sus valores por defecto, porque Pulumi no los "
        "descifra aquí; `pulumi config --show-secrets` dice por qué.",
        "the throttle of the API or the reserved concurrency refuses {share:.0%} of the requests; the bill "
        "is that of the others, and of the firewall for all.": "la limitación de la API o la simultaneidad "
        "reservada rechaza el {share:.0%} de las peticiones; la factura es la de las demás, y la del "
        "cortafuegos para todas.",
        "{problem} for this demand.": "{problem} para esta demanda.",
        "in month {month} {problem}.": "en el mes {month} {problem}.",
        "the stack's maximum number of instances is too low": (
            "el número máximo de instancias del stack es demasiado bajo"
        ),
        "the instances exceed the baseline bandwidth of their type": (
            "las instancias superan el ancho de banda de base de su tipo"
        ),
        "the instances spend more CPU credits than they earn, and are slowed down": (
            "las instancias gastan más créditos de CPU de los que ganan, y se ralentizan"
        ),
        "the load balancer's quota of targets is exceeded": (
            "se supera la cuota de destinos del balanceador de carga"
        ),
        "The {what} costs {usd:.2f} USD per month, which is above the budget of {budget:.2f}.": (
            "Esto cuesta {usd:.2f} USD al mes, por encima del presupuesto de {budget:.2f}: {what}."
        ),
        "{what} in month {month}": "{what} en el mes {month}",
        # Assumptions.
        "duration of a connection": "duración de una conexión",
        "size of a disk": "tamaño de un disco",
        "traffic to AWS services": "tráfico a los servicios de AWS",
        "duration of a cold start": "duración de un arranque en frío",
        "log of a request in the function": "registro de una petición en la función",
        "log of an API call": "registro de una llamada a la API",
        "log of a request in the firewall": "registro de una petición en el cortafuegos",
        "log of a request in the load balancer": "registro de una petición en el balanceador de carga",
        "retention of logs": "conservación de los registros",
        "request size": "tamaño de la petición",
        "Assumed: RequestCount / NewConnectionCount in CloudWatch measures it.": (
            "Supuesto: RequestCount / NewConnectionCount en CloudWatch lo mide."
        ),
        "Default idle timeout of an Application Load Balancer.": (
            "Tiempo de espera de inactividad por defecto de un Application Load Balancer."
        ),
        "Assumed: from the launch to the first request.": (
            "Supuesto: desde el lanzamiento hasta la primera petición."
        ),
        "Root volume of Amazon Linux 2023.": "Volumen raíz de Amazon Linux 2023.",
        "Assumed: metrics, logs and updates of an instance.": (
            "Supuesto: métricas, registros y actualizaciones de una instancia."
        ),
        "Assumed: the runtime's own part of the billed duration.": (
            "Supuesto: la parte propia del entorno de ejecución en la duración facturada."
        ),
        "Assumed: AWS sees fewer than 1 % in production.": "Supuesto: AWS ve menos del 1 % en producción.",
        "Assumed: `make bench-coldstart` measures it.": "Supuesto: `make bench-coldstart` lo mide.",
        "Lines START, END and REPORT of Lambda.": "Líneas START, END y REPORT de Lambda.",
        "JSON with the thirteen fields of the access log.": (
            "JSON con los trece campos del registro de acceso."
        ),
        "JSON with the headers and the results of the rule groups.": (
            "JSON con las cabeceras y los resultados de los grupos de reglas."
        ),
        "Compressed: a line has about 500 bytes and resembles its neighbours.": (
            "Comprimido: una línea tiene unos 500 bytes y se parece a sus vecinas."
        ),
        "Default of the stack.": "Valor por defecto del stack.",
        # Units.
        "%": "%",
        "GB": "GB",
        "MB": "MB",
        "bytes": "bytes",
        "days": "días",
        "ms": "ms",
        "us": "us",
        "requests": "peticiones",
        "s": "s",
    }
)
