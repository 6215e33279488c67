"""What a stack may be: Pulumi's raw strings, read once into frozen types.

`Pulumi.yaml` holds the default and the meaning of each key; types, ranges and relations stand here and, for
the two shapes, in `fleet_config` and `lambda_config`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from infra.config_reader import Part, Reader, Setting
from infra.firewall.config import read_firewall
from infra.fleet.config import FleetConfig, read_fleet
from infra.fleet.instances_config import read_machines
from infra.monitoring.alarm_config import AlarmConfig, read_alarms
from infra.monitoring.budget_config import read_budget
from infra.network.domain_config import read_domains
from infra.serverless.config import LambdaConfig, read_function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.firewall.config import FirewallConfig
    from infra.monitoring.budget_config import BudgetConfig
    from infra.reference_data.instance_types import Architecture

Shape: TypeAlias = Literal["fleet", "lambda", "both"]

SHAPES: Final[tuple[Shape, ...]] = ("fleet", "lambda", "both")

LOG_RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The only ones there are (CloudWatch Logs API reference, PutRetentionPolicy)."""


LONGEST_TAG: Final = 256
"""Characters of a tag's value (AWS tagging user guide, "Tag naming limits and requirements")."""

OWNERS: Final = f"1 to {LONGEST_TAG} letters, digits, spaces and + - = . _ : / @, and no aws: at the start"


VERSIONS: Final = "a version of the stack's own archive as S3 names it, or nothing"


class ConfigError(ValueError):
    """Everything that is wrong with a configuration; its text has a line for each mistake."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        self.mistakes = mistakes
        number = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n  - ".join([f"The configuration has {number}:", *mistakes]))


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """Both shapes at once, each at an address of its own: to compare them, or to move between them."""

    fleet: FleetConfig
    function: LambdaConfig


Compute: TypeAlias = FleetConfig | LambdaConfig | SideBySide


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """One stack, complete and free of contradictions."""

    compute: Compute
    """What computes the answers."""
    architecture: Architecture
    archive: Path | None
    """The service packed for instances, as it was named; None asks for one that is packed now."""
    function_archive: Path | None
    """The same for a function."""
    archive_version: str | None
    """S3's version of an archive that was deployed before, to run in place of the one above."""
    function_archive_version: str | None
    kept_archives: int
    firewall: FirewallConfig
    log_retention_days: int
    deletion_protection: bool
    alarms: AlarmConfig
    owner: str
    """Who answers for the stack, as the tag `owner` says on all that takes tags."""
    guard_duty: bool
    """Whether GuardDuty looks for intruders."""
    budget: BudgetConfig | None


def load_config(values: Mapping[str, str]) -> StackConfig:
    """Read the configuration of a stack from the project's own keys, without their prefix.

    Every key is read, whatever the shape; contradictions count only between keys that the shape uses.

    Raises:
        ConfigError: Lists all that is out of range, unreadable, missing, unknown or contradictory.
    """
    read = Reader(values)
    shape = read.choice("compute", SHAPES)
    machines = read_machines(read)
    archive = read.text("archive")
    function_archive = read.text("functionArchive")
    archive_version = read.parsed("archiveVersion", VERSIONS, _version)
    function_archive_version = read.parsed("functionArchiveVersion", VERSIONS, _version)
    # S3 API reference, NoncurrentVersionExpiration.
    kept_archives = read.whole("retainedArchives", 1, 100)
    domains = read_domains(read)
    fleet = read_fleet(read, machines, domains.domain)
    alarms = read_alarms(read)
    api_domain = domains.api_domain if shape.readable == "both" else domains.domain
    function = read_function(read, alarms, api_domain)
    firewall = read_firewall(read)
    log_retention_days = read.number("logRetentionDays", LOG_RETENTION_DAYS)
    owner = read.parsed("owner", OWNERS, _owner)
    deletion_protection = read.flag("deletionProtection")
    guard_duty = read.flag("guardDuty")
    budget = read_budget(read)
    read.reject_unknown_keys()

    used = (*_used(shape, fleet, function), firewall)
    mistakes = (
        *read.mistakes,
        *(contradiction for part in used for contradiction in part.contradictions),
        *domains.contradictions(shape.readable),
    )
    if mistakes:
        raise ConfigError(mistakes)

    return StackConfig(
        compute=_compute(shape.value, fleet, function),
        architecture=machines.resolved_architecture,
        archive=_path(archive),
        function_archive=_path(function_archive),
        archive_version=archive_version.value or None,
        function_archive_version=function_archive_version.value or None,
        kept_archives=kept_archives.value,
        firewall=firewall.value(),
        log_retention_days=log_retention_days.value,
        deletion_protection=deletion_protection.value,
        alarms=alarms.value,
        owner=owner.value,
        guard_duty=guard_duty.value,
        budget=budget.value,
    )


def _used(
    shape: Setting[Shape], fleet: Part[FleetConfig], function: Part[LambdaConfig]
) -> tuple[Part[Any], ...]:
    match shape.readable:
        case "fleet":
            return (fleet,)
        case "lambda":
            return (function,)
        case "both":
            return (fleet, function)
        case None:
            return ()


def _compute(shape: Shape, fleet: Part[FleetConfig], function: Part[LambdaConfig]) -> Compute:
    match shape:
        case "fleet":
            return fleet.value()
        case "lambda":
            return function.value()
        case "both":
            return SideBySide(fleet=fleet.value(), function=function.value())


def _owner(given: str) -> str:
    if not re.fullmatch(rf"(?!(?i:aws):)[\w +\-=.:/@]{{1,{LONGEST_TAG}}}", given) or given.isspace():
        raise ValueError
    return given


def _version(given: str) -> str:
    if given and not re.fullmatch(r"[A-Za-z0-9._-]{1,1024}", given):
        raise ValueError
    return given


def _path(named: Setting[str]) -> Path | None:
    return Path(named.value) if named.value else None
