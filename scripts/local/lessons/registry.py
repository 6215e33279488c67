"""All lessons, in the order in which the course has their ideas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.local.lessons.ideas import (
    api,
    balancer,
    balancing,
    client,
    compression,
    firewall,
    health,
    intrusion,
    service,
    unhealthy,
    zone,
)
from scripts.local.lessons.ideas.scaling import demand, elasticity, horizontal, peak, vertical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.local.lessons.lesson import AnyLesson

LESSONS: Final[Sequence[AnyLesson]] = tuple(
    module.LESSON
    for module in (
        service,
        api,
        vertical,
        horizontal,
        peak,
        demand,
        elasticity,
        balancing,
        client,
        health,
        unhealthy,
        zone,
        balancer,
        compression,
        firewall,
        intrusion,
    )
)


def find_lesson(name: str) -> AnyLesson | None:
    """Return the lesson with a name."""
    return next((lesson for lesson in LESSONS if lesson.name == name), None)
