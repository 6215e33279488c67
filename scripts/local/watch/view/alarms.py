"""Alarms of a stack, named for people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.local.watch.view.texts import text

if TYPE_CHECKING:
    from scripts.local.watch.observation.snapshot import Snapshot
    from scripts.local.watch.view.texts import Language

_SUFFIX: Final = re.compile(r"-[0-9a-f]{7}$")
"""Random part that Pulumi adds to a name."""


@dataclass(frozen=True, order=True)
class Alarm:
    """One alarm."""

    name: str
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    is_calm: bool
    """Whether it only shows a load below the policy's target."""

    @property
    def is_on(self) -> bool:
        """Whether it says that something is wrong or too much."""
        return self.state == "ALARM" and not self.is_calm


def alarms_of(snapshot: Snapshot, language: Language) -> list[Alarm]:
    """Return the alarms by name; those of scaling policies have one in the language."""
    if snapshot.fleet is None:
        return []
    of_policies = {
        name: (f"{'low' if '-AlarmLow-' in name else 'high'}_{policy.metric}", "-AlarmLow-" in name)
        for policy in snapshot.fleet.policies
        for name in policy.alarms
    }
    found: list[Alarm] = []
    for name, state in snapshot.fleet.alarms.items():
        if name in of_policies:
            label, is_calm = of_policies[name]
            found.append(Alarm(text(label, language), state, is_calm))
        else:
            found.append(Alarm(_SUFFIX.sub("", name), state, is_calm=False))
    return sorted(found)
