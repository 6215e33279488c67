"""Events of the cloud, and reasons that it gives, in English and Spanish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scripts.local.watch.view.texts import Language

EVENTS: Final = (
    (r"(\S+) starts in (\S+)", r"\1 arranca en \2"),
    (r"(\S+) is healthy and receives requests", r"\1 está sana y recibe peticiones"),
    (
        r"(\S+) is unhealthy; the load balancer skips it",
        r"\1 está en mal estado; el balanceador de carga la omite",
    ),
    (r"(\S+) is deregistered", r"\1 se retira del balanceador"),
    (r"(\S+) is not registered and receives no requests", r"\1 no está registrada y no recibe peticiones"),
    (r"(\S+) is detached from its group and goes on", r"\1 se separó de su grupo y sigue en marcha"),
    (
        r"(\S+) lost its process; Auto Scaling keeps it while (.+) is suspended",
        r"\1 perdió su proceso; Auto Scaling la conserva mientras \2 está suspendido",
    ),
    (
        r"(\S+) failed its health checks; Auto Scaling keeps it while (.+) is suspended",
        r"\1 falló sus revisiones de salud; Auto Scaling la conserva mientras \2 está suspendido",
    ),
    (r"(\S+) lost its process; Auto Scaling replaces it", r"\1 perdió su proceso; Auto Scaling la reemplaza"),
    (
        r"(\S+) failed its health checks; Auto Scaling replaces it",
        r"\1 falló sus revisiones de salud; Auto Scaling la reemplaza",
    ),
    (r"the load balancer keeps its listener rules: (.+)", r"el balanceador de carga conserva sus reglas: \1"),
    (r"the load balancer has no web ACL any more", r"el balanceador de carga ya no tiene cortafuegos"),
    (
        r"the controller has lost its supervisor; both are started again",
        r"el controlador perdió a su supervisor; se inician ambos otra vez",
    ),
    (
        r"the controller has a supervisor that was stopped; both are started again",
        r"el supervisor del controlador estaba detenido; se inician ambos otra vez",
    ),
    (
        r"LocalStack (.+); another one is started, and adopts what runs",
        r"LocalStack falló (\1); se inicia otro, que adopta lo que está en marcha",
    ),
    (r"LocalStack is not restored: (.+)", r"LocalStack no se restauró: \1"),
    (r"a setting is lost: (.+)", r"se perdió un ajuste: \1"),
    (r"no local cloud with zones runs here", r"aquí no hay ninguna nube local con zonas en marcha"),
    (r"there is no zone (\S+), only (.+)", r"no existe la zona \1, solo \2"),
    (r"(\S+) is the last zone; nothing would be left", r"\1 es la última zona; no quedaría nada"),
    (r"(\S+) is not lost", r"\1 no está perdida"),
    (r"the load balancer follows (.+)", r"el balanceador de carga sigue la nueva configuración: \1"),
    (r"the load balancer only stores (.+)", r"el balanceador de carga solo guarda, sin aplicarlo: \1"),
    (r"the group goes from (\d+) to (\d+) instances \((.+)\)", r"el grupo pasa de \1 a \2 instancias (\3)"),
    (
        r"the policy (\S+) is not followed: it has a metric that is unknown here",
        r"la política \1 no se aplica: su métrica es desconocida aquí",
    ),
    (r"the firewall blocks requests by (\S+) \((\d+)\)", r"el cortafuegos bloquea peticiones por \1 (\2)"),
    (
        r"the (load balancer.*) lost its process; it is started again",
        r"el balanceador (\1) perdió su proceso; se inicia otra vez",
    ),
    (
        r"the (load balancer.*) was stopped; it is started again",
        r"el balanceador (\1) estaba detenido; se inicia otra vez",
    ),
    (
        r"the (load balancer.*) did not answer; it is started again",
        r"el balanceador (\1) no respondía; se inicia otra vez",
    ),
    (
        r"the (load balancer.*) refuses its new (.+), and keeps the old(.*)",
        r"el balanceador (\1) rechaza su nueva configuración (\2) y conserva la anterior\3",
    ),
    (
        r"the firewall follows its web ACL of (\d+) rules(.*)",
        r"el cortafuegos sigue su lista de \1 reglas\2",
    ),
    (r"the firewall (.+); it is started again", r"el cortafuegos falló (\1); se inicia otra vez"),
)
"""Sentences of the event log and of errors, as regular expressions, and their replacement in Spanish."""

FIGURES: Final = (
    (re.compile(r"(\d) of (\d)"), r"\1 de \2"),
    (
        re.compile(r"; (\S+) is not enforced \(only AWS has its rules\)"),
        r"; \1 no se aplica (solo AWS tiene sus reglas)",
    ),
)
"""Parts of such sentences, which some have several times."""


def event_sentence(what: str, language: Language) -> str:
    """Return the sentence of an event in a language; one without a translation stays English."""
    if language == "es":
        for pattern, replacement in EVENTS:
            if found := re.fullmatch(pattern, what):
                sentence = found.expand(replacement)
                for part, its_replacement in FIGURES:
                    sentence = part.sub(its_replacement, sentence)
                return sentence
    return what
