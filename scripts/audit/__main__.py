"""Audit of every pinned distribution: one line for each advisory that is not accepted, and status 1 then."""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import TYPE_CHECKING

from scripts.audit.accepted import read_accepted
from scripts.audit.advisories import OSV_URL, AuditError, advisories
from scripts.audit.pinned_sets import Pin, pinned_sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scripts.audit.accepted import Acceptance
    from scripts.audit.advisories import Advisory


def main() -> None:
    """Print the advisories that are not accepted.

    Raises:
        SystemExit: There are some, or they can't be read.
    """
    accepted, forks = read_accepted()
    sets = {name: [_original(pin, forks) for pin in pins] for name, pins in pinned_sets().items()}
    try:
        reported = advisories(
            (pin for pins in sets.values() for pin in pins), os.environ.get("OSV_URL", OSV_URL)
        )
    except AuditError as error:
        sys.exit(f"Error: {error}")
    lines = sorted({*findings(sets, reported, accepted, dt.datetime.now(dt.UTC).date())})
    for line in lines:
        print(line)  # noqa: T201 (the result)
    if lines:
        sys.exit(f"Error: {len(lines)} advisories are not accepted; see scripts/audit/accepted.toml")
    print(f"{sum(map(len, sets.values()))} pins in {len(sets)} files have no advisory that is not accepted")  # noqa: T201 (the same)


def _original(pin: Pin, forks: Mapping[str, str]) -> Pin:
    """Return the release that a fork is a copy of; its own releases are `.post` ones."""
    if pin.package not in forks:
        return pin
    return Pin(forks[pin.package], pin.version.partition(".post")[0])


def findings(
    sets: Mapping[str, Sequence[Pin]],
    reported: Sequence[Advisory],
    accepted: Sequence[Acceptance],
    today: dt.date,
) -> Iterator[str]:
    """Yield a line for each advisory in each set that is not accepted, or no longer."""
    for name, pins in sets.items():
        for advisory in reported:
            if advisory.pin not in pins:
                continue
            reasons = [
                each
                for each in accepted
                if (each.package, each.set) == (advisory.pin.package, name) and {*each.ids} & {*advisory.ids}
            ]
            if any(today <= each.until for each in reasons):
                continue
            expired = f"; accepted until {reasons[0].until}" if reasons else ""
            fixed = ", ".join(advisory.fixed_in) or "no version"
            yield (
                f"{name}: {advisory.pin.package} {advisory.pin.version} has {', '.join(advisory.ids)}, "
                f"fixed in {fixed}{expired}"
            )


if __name__ == "__main__":
    main()
