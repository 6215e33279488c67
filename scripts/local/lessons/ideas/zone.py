"""Loss of an Availability Zone: the other one takes over, and the zone comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from localcloud.controller.zone_failure import ZoneError, lose_zone, restore_zone
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.outage import Outage, measure_outage, outage_conclusion, outage_table
from scripts.local.lessons.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.status import Status
    from scripts.local.lessons.stage import Stage

WITHIN: Final = 80.0
"""Maximum seconds until the other zones have all instances."""


def measure(stage: Stage) -> Outage:
    """Lose a zone under load, until the others have as many healthy instances as before."""
    victim, _ = stage.victim()
    instances, zone = stage.healthy(), victim.zone or ""

    def restore() -> None:
        with suppress(ZoneError):  # it was not lost
            restore_zone(stage.state_dir, zone)

    def lose() -> Callable[[Status], bool]:
        stage.say(
            Text(
                f"Losing the zone {zone}: all its processes die.",
                f"Perdiendo la zona {zone}: mueren todos sus procesos.",
            )
        )
        stage.on_end(restore)
        lose_zone(stage.state_dir, zone)

        def is_replaced(status: Status) -> bool:
            others = [it for it in status.instances if it.zone not in {zone, None} and it.health == "healthy"]
            return len(others) >= len(instances)

        return is_replaced

    return measure_outage(stage, lose, WITHIN)


def conclusion(figures: Outage) -> Text:
    """Return the failures and the time until the others replaced the zone."""
    return outage_conclusion(
        figures,
        lost=Text("A whole zone", "Una zona entera"),
        repair=Text(
            "what was left had as many healthy instances as there were before",
            "lo que quedaba tenía tantas instancias sanas como había antes",
        ),
    )


LESSON: Final = Lesson(
    name="zone",
    idea=Text("Loss of a zone", "Pérdida de una zona"),
    seconds=40,
    does=Text(
        "Kills all instances and the load balancer's node of an Availability Zone while clients send "
        "requests, then "
        "restores the zone.",
        "Mata todas las instancias y el nodo del balanceador de una zona de disponibilidad mientras los "
        "clientes "
        "envían peticiones, y después la recupera.",
    ),
    measure=measure,
    table=outage_table,
    conclusion=conclusion,
)
