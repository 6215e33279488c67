"""Advisories of distributions, by pip-audit from OSV."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scripts.audit.pinned_sets import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OSV_URL: Final = "https://api.osv.dev/v1/query"

CANARY: Final = Pin("urllib3", "2.5.0")

CANARY_ADVISORY: Final = "CVE-2025-66418"
"""Advisory of the canary. A source that does not report it, such as a mirror of a package index without
advisories, would find everything clean."""


class Advisory(NamedTuple):
    """Advisory of one version of a distribution."""

    pin: Pin
    ids: tuple[str, ...]
    """Its id and aliases: GHSA, PYSEC, CVE."""
    fixed_in: tuple[str, ...]
    """Versions without it."""


class AuditError(Exception):
    """The advisories can't be read; nothing is known about the distributions."""


def advisories(pins: Iterable[Pin], url: str = OSV_URL) -> Sequence[Advisory]:
    """Return the advisories of all pins.

    Raises:
        AuditError: The advisories can't be read, or the source knows none.
    """
    reported = [
        Advisory(
            Pin(each["name"], each["version"]),
            (vulnerability["id"], *vulnerability["aliases"]),
            tuple(vulnerability["fix_versions"]),
        )
        for group in _without_repetition({*pins, CANARY})
        for each in _run_pip_audit(group, url)
        for vulnerability in each.get("vulns", ())
    ]
    if not any(CANARY_ADVISORY in advisory.ids for advisory in reported if advisory.pin == CANARY):
        raise AuditError(
            f"{url} is no source: it does not report {CANARY_ADVISORY} of {CANARY.package} {CANARY.version}"
        )
    return reported


def _run_pip_audit(pins: Sequence[Pin], url: str) -> Sequence[Mapping[str, Any]]:
    """Return pip-audit's report of each pin.

    Raises:
        AuditError: It has none.
    """
    with tempfile.NamedTemporaryFile("w", prefix="audit-", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"{pin.package}=={pin.version}\n" for pin in pins)
        file.flush()
        ended = subprocess.run(  # noqa: S603 (pins of the repository)
            [
                *(sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--osv-url", url),
                *("--format", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip"),
                *("--requirement", file.name),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = ended.stderr.strip().splitlines() or [f"pip-audit ended with status {ended.returncode}"]
        raise AuditError(f"the advisories can't be read: {lines[-1]}") from None


def _without_repetition(pins: Iterable[Pin]) -> Sequence[Sequence[Pin]]:
    """Return groups that hold each distribution at most once, as pip-audit requires of a run."""
    groups: list[dict[str, Pin]] = []
    for pin in sorted(pins):
        group = next((group for group in groups if pin.package not in group), None)
        if group is None:
            groups.append(group := {})
        group[pin.package] = pin
    return [[*group.values()] for group in groups]
