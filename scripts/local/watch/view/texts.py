"""Texts of the console in English and Spanish, next to each other."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["en", "es"]

LANGUAGES: Final[dict[Language, str]] = {"en": "English", "es": "Español"}
"""Languages by code (BCP 47), each by its own name."""

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Your fleet, live", "Tu flota, en vivo"),
    "subtitle": (
        "Horizontal scaling, load balancing and self-healing as they happen.",
        "Escalamiento horizontal, balanceo de carga y autorreparación mientras suceden.",
    ),
    "language": ("Language", "Idioma"),
    "down": ("No local cloud runs here.", "Aquí no hay ninguna nube local en marcha."),
    "down_help": ("Start one with", "Inicia una con"),
    "live": ("live", "en vivo"),
    "lost_stream": ("connection lost; trying again", "conexión perdida; reintentando"),
    "ended": (
        "this console has ended; run `make watch` again",
        "esta consola terminó; ejecuta `make watch` otra vez",
    ),
    "fleet": ("Path of the requests", "Camino de las peticiones"),
    "internet": ("Internet", "Internet"),
    "firewall": ("Firewall", "Cortafuegos"),
    "balancer": ("Load balancer", "Balanceador de carga"),
    "zone": ("Zone", "Zona"),
    "all_zones": ("All zones", "Todas las zonas"),
    "lost": ("lost", "perdida"),
    "silent": ("no answer", "sin respuesta"),
    "per_second": ("requests/s", "peticiones/s"),
    "clients": ("clients", "clientes"),
    "blocks": ("blocks attacks", "bloquea ataques"),
    "counts": ("only counts attacks", "solo cuenta los ataques"),
    "mode_blocks": ("blocks", "bloquea"),
    "mode_counts": ("only counts", "solo cuenta"),
    "blocked_each": ("blocked/s", "bloqueadas/s"),
    "counted_each": ("matched/s", "detectadas/s"),
    "no_instances": ("no instance", "ninguna instancia"),
    "more_instances": ("and {count} more instances", "y {count} instancias más"),
    "terminal_end": ("Ctrl-C ends this view; the cloud goes on.", "Ctrl-C cierra esta vista; la nube sigue."),
    "version": ("version", "versión"),
    "cpu": ("CPU", "CPU"),
    "healthy": ("healthy", "sana"),
    "unhealthy": ("unhealthy", "en mal estado"),
    "initial": ("starting", "arrancando"),
    "draining": ("draining", "drenando"),
    "unused": ("not registered", "no registrada"),
    "frozen": ("frozen", "congelada"),
    "dead": ("no process", "sin proceso"),
    "slow": ("slow", "lenta"),
    "controls": ("Try it", "Pruébalo"),
    "load": ("Load", "Carga"),
    "load_rate": ("requests/s", "peticiones/s"),
    "load_seconds": ("seconds", "segundos"),
    "constant": ("Constant", "Constante"),
    "ramp": ("Ramp", "Rampa"),
    "curve": ("A day's demand", "Demanda de un día"),
    "spike": ("Peak demand", "Demanda pico"),
    "stop": ("Stop", "Detener"),
    "attacks": ("Attacks", "Ataques"),
    "injection": ("SQL injection", "Inyección SQL"),
    "scripting": ("Cross-site scripting", "Scripts entre sitios (XSS)"),
    "flood": ("Flood from one address", "Inundación desde una dirección"),
    "do_block": ("Let the firewall block", "Que el cortafuegos bloquee"),
    "do_count": ("Let it only count", "Que solo cuente"),
    "balancing": ("Load balancing", "Balanceo de carga"),
    "algorithm": ("Algorithm", "Algoritmo"),
    "apply": ("Apply", "Aplicar"),
    "minimum": ("from", "de"),
    "maximum": ("to", "a"),
    "resize": ("Change the size", "Cambiar el tamaño"),
    "target_rate": ("requests/s per instance", "peticiones/s por instancia"),
    "retarget": ("Change the policy's target", "Cambiar el objetivo de la política"),
    "releases": ("Releases", "Versiones"),
    "good": ("Release a good version", "Publicar una versión buena"),
    "bad": ("Release a bad version", "Publicar una versión mala"),
    "kill": ("kill", "matar"),
    "freeze": ("freeze", "congelar"),
    "slow_down": ("slow down", "ralentizar"),
    "lose_zone": ("lose zone", "perder zona"),
    "restore_zone": ("restore zone", "recuperar zona"),
    "started": ("Started: {command}", "En marcha: {command}"),
    "load_stopped": ("The load is stopped.", "La carga se detuvo."),
    "killed": ("{name} is killed.", "{name}: proceso terminado."),
    "was_frozen": (
        "{name} is frozen: it accepts connections and answers none.",
        "{name} está congelada: acepta conexiones y no responde a ninguna.",
    ),
    "was_slowed": (
        "{name} stands still for most of the time, for {seconds} seconds.",
        "{name} se queda parada la mayor parte del tiempo, durante {seconds} segundos.",
    ),
    "zone_lost": ("{zone} is lost, with {count} processes.", "Se perdió {zone}, con {count} procesos."),
    "zone_back": ("{zone} is back.", "{zone} está de vuelta."),
    "attacked": (
        "{count} requests are sent, such as {example}",
        "Se envían {count} peticiones, como {example}",
    ),
    "attacked_unnoticed": (
        "No rule looks for these {count} requests until a button of the firewall adds it: {example}",
        "Ninguna regla busca estas {count} peticiones hasta que un botón del cortafuegos la añade: {example}",
    ),
    "changed": ("The load balancer is told to use {name}.", "El balanceador de carga pasa a usar {name}."),
    "resized": (
        "The fleet has {minimum} to {maximum} instances.",
        "La flota tiene de {minimum} a {maximum} instancias.",
    ),
    "retargeted": (
        "The policy's target is {target} requests/s per instance; it acts within half a minute.",
        "El objetivo de la política es {target} peticiones/s por instancia; actúa en medio minuto.",
    ),
    "firewall_blocks": (
        "The firewall blocks, SQL injection included.",
        "El cortafuegos bloquea, también la inyección SQL.",
    ),
    "firewall_counts": ("The firewall only counts.", "El cortafuegos solo cuenta."),
    "release_good": (
        "A good version is released step by step.",
        "Se publica una versión buena, paso a paso.",
    ),
    "release_bad": (
        "A version that never answers is released, and rolled back after {seconds} seconds.",
        "Se publica una versión que nunca responde, y se revierte tras {seconds} segundos.",
    ),
    "not_a_number": (
        "The number must be from {minimum} to {maximum}.",
        "El número debe estar entre {minimum} y {maximum}.",
    ),
    "unknown_action": ("There is no {name}.", "No existe {name}."),
    "no_process": ("{name} has no process.", "{name} no tiene proceso."),
    "impossible": ("That is impossible: {reason}", "No es posible: {reason}"),
    "in_progress": ("A roll-out is in progress.", "Ya hay un despliegue en curso."),
    "no_archive": ("There is no version to release.", "No hay ninguna versión que publicar."),
    "no_policy": ("The fleet has no policy for requests.", "La flota no tiene una política de peticiones."),
    "no_fleet": ("The cloud has no fleet.", "La nube no tiene flota."),
    "charts": ("The last ten minutes", "Los últimos diez minutos"),
    "minutes_ago": ("10 min ago", "hace 10 min"),
    "now": ("now", "ahora"),
    "rate": ("Demand", "Demanda"),
    "latency": ("Latency in ms", "Latencia en ms"),
    "failures": ("Errors and blocked requests", "Errores y peticiones bloqueadas"),
    "cpu_title": ("CPU per instance", "CPU por instancia"),
    "size": ("Horizontal scaling", "Escalamiento horizontal"),
    "cost": ("Cost per hour on AWS", "Costo por hora en AWS"),
    "served": ("requests/s", "peticiones/s"),
    "p50": ("p50", "p50"),
    "p99": ("p99", "p99"),
    "target": ("policy's target", "objetivo de la política"),
    "errors_each": ("errors/s", "errores/s"),
    "desired": ("desired", "deseadas"),
    "running": ("running", "en marcha"),
    "healthy_count": ("healthy", "sanas"),
    "usd": ("instances and load balancer", "instancias y balanceador"),
    "rules": ("What the firewall matched", "Lo que detectó el cortafuegos"),
    "no_matches": ("No request has matched a rule.", "Ninguna petición coincidió con una regla."),
    "rule": ("rule", "regla"),
    "requests": ("requests", "peticiones"),
    "latest": ("Latest", "Últimas"),
    "BLOCK": ("blocked", "bloqueada"),
    "COUNT": ("counted", "contada"),
    "alarm": ("alarm", "alarma"),
    "alarms": ("Alarms", "Alarmas"),
    "high_ALBRequestCountPerTarget": ("requests above the target", "peticiones sobre el objetivo"),
    "low_ALBRequestCountPerTarget": ("requests below the target", "peticiones bajo el objetivo"),
    "high_ASGAverageCPUUtilization": ("CPU above the target", "CPU sobre el objetivo"),
    "low_ASGAverageCPUUtilization": ("CPU below the target", "CPU bajo el objetivo"),
    "all_quiet": ("No alarm is on.", "Ninguna alarma está activa."),
    "alarm_count": ("{count} alarms are watched.", "Se vigilan {count} alarmas."),
    "control_plane_silent": (
        "The AWS API does not answer; the fleet goes on without it.",
        "La API de AWS no responde; la flota sigue sin ella.",
    ),
    "refresh": ("Roll-out in progress: {percent} %", "Despliegue en curso: {percent} %"),
    "events": ("Events", "Eventos"),
    "no_events": ("Nothing has happened yet.", "Todavía no ha pasado nada."),
    "settings": (
        "{minimum} to {maximum} instances of {type}, {algorithm}",
        "de {minimum} a {maximum} instancias {type}, {algorithm}",
    ),
    "closed": (
        "This link has been used, or belongs to another console.",
        "Este enlace ya se usó, o es de otra consola.",
    ),
    "closed_help": (
        "Run `make watch` again and open the link that it prints.",
        "Ejecuta `make watch` otra vez y abre el enlace que muestra.",
    ),
}
"""Name of a text -> in English, in Spanish; names in braces are filled in."""


def text(name: str, language: Language, /, **values: object) -> str:
    """Return a text in a language, filled in.

    Raises:
        KeyError: There is no such text, or a value is missing.
    """
    english, spanish = TEXTS[name]
    chosen = spanish if language == "es" else english
    return chosen.format(**values) if values else chosen


def preferred_language(accept_language: str) -> Language:
    """Return Spanish if a browser's `Accept-Language` has it before English, else English."""
    for item in accept_language.lower().split(","):
        code = item.strip()[:2]
        if code == "es":
            return "es"
        if code == "en":
            return "en"
    return "en"
