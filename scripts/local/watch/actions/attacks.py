"""Attacks on the service: requests that a web application firewall has to recognize."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import httpx

from scripts.local.firewall_report import rule_names
from scripts.local.own_address import ATTACKER, client_at
from scripts.local.watch.actions.outcome import ActionError, Outcome
from scripts.local.watch.actions.settings import INJECTION_RULES
from service.iris.definition import EXAMPLE
from service.iris.examples import QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localcloud.load_balancer.firewall.files import FirewallFiles

ATTACKS: Final[Mapping[str, Sequence[str]]] = {
    "injection": (
        "1' OR '1'='1' --",
        "1; DROP TABLE flowers --",
        "1 UNION SELECT password FROM users --",
    ),
    "scripting": (
        "<script>alert(document.cookie)</script>",
        '"><img src=x onerror=alert(1)>',
        "<svg onload=alert(1)>",
    ),
}
"""Kind of attack -> values of a parameter."""

PATH: Final = QUERY_PATH.partition("?")[0]
ATTACKED: Final = next(iter(EXAMPLE))
"""Parameter that holds the attack."""

ROUNDS: Final = 10
"""Number of times that each value is sent."""

PAUSE: Final = 0.15
"""Seconds between two requests."""

TIMEOUT: Final = 5.0


def attack(url: str, kind: str, files: FirewallFiles) -> Outcome:
    """Begin to send the requests of an attack, from one address; say if no rule of the firewall looks for it.

    Raises:
        ActionError: There is no such attack.
    """
    if kind not in ATTACKS:
        raise ActionError("unknown_action", name=kind)
    threading.Thread(target=_send, args=(url, kind), daemon=True).start()
    looked_for = kind != "injection" or INJECTION_RULES in rule_names(files)
    return Outcome(
        "attacked" if looked_for else "attacked_unnoticed",
        {"count": ROUNDS * len(ATTACKS[kind]), "example": ATTACKS[kind][0]},
    )


def _send(url: str, kind: str) -> None:
    pause = threading.Event()
    with client_at(ATTACKER, url, TIMEOUT) as client:
        for value in ROUNDS * tuple(ATTACKS[kind]):
            try:
                client.get(PATH, params={**EXAMPLE, ATTACKED: value})
            except httpx.HTTPError:
                return  # nothing is left to attack
            pause.wait(PAUSE)
