"""All lessons, in the order in which the course has their ideas."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from infra.config_reader import SIMILARITY
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


def similar_names(name: str) -> list[str]:
    """Return at most two names that are similar to a misspelt one, or to a Spanish word."""
    return get_close_matches(name.lower(), [it.name for it in LESSONS], n=2, cutoff=SIMILARITY)
