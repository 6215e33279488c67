"""Accepted advisories, and forks whose originals are audited."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("accepted.toml")


class Acceptance(NamedTuple):
    """Advisories of one distribution in one set that are accepted."""

    package: str
    set: str
    ids: tuple[str, ...]
    reason: str
    until: dt.date
    """Last day."""


def read_accepted() -> tuple[tuple[Acceptance, ...], Mapping[str, str]]:
    """Return the accepted advisories, and the original of each fork."""
    content: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    accepted = (
        Acceptance(each["package"], each["set"], tuple(each["ids"]), each["reason"], each["until"])
        for each in content["accepted"]
    )
    return tuple(accepted), content["forks"]
