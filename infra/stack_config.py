"""Stack's configuration: all sections, read from Pulumi's text into one frozen object.

Each setting is declared once, in its section; `make config-docs` writes `Pulumi.yaml` and
`docs/configuration.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import (
    Flag,
    Integer,
    Parser,
    Reading,
    Section,
    default_text,
    parse_integer,
    read_sections,
)
from infra.firewall import config as firewall_config
from infra.firewall.config import FirewallConfig
from infra.fleet import config as fleet_config
from infra.fleet import instances_config, scaling_config
from infra.fleet.config import FleetConfig
from infra.fleet.instances_config import InstancesConfig
from infra.fleet.scaling_config import ScalingConfig
from infra.load_balancer import config as load_balancer_config
from infra.load_balancer import target_group_config
from infra.load_balancer.config import LoadBalancerConfig
from infra.load_balancer.target_group_config import TargetGroupConfig
from infra.monitoring.alarm_config import AlarmConfig
from infra.monitoring.budget_config import BudgetConfig
from infra.network import domain_config
from infra.network.config import NetworkConfig
from infra.network.domain_config import DomainConfig
from infra.serverless import config as function_config
from infra.serverless.config import FunctionConfig, LambdaConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.config_reader import Relation
    from infra.reference_data.instance_types import Architecture

Shape: TypeAlias = Literal["fleet", "lambda", "both"]

SHAPES: Final[tuple[Shape, ...]] = ("fleet", "lambda", "both")

LOG_RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""All retention periods of CloudWatch Logs (CloudWatch Logs API reference, PutRetentionPolicy)."""

MAXIMUM_TAG_LENGTH: Final = 256
"""Characters of a tag's value (AWS tagging user guide, "Tag naming limits and requirements")."""


class ConfigError(ValueError):
    """All mistakes of a configuration; its text has a line for each."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        self.mistakes = mistakes
        number = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n  - ".join([f"The configuration has {number}:", *mistakes]))


def parse_owner(text: str) -> str:
    """Validate the value of the tag `owner`.

    Raises:
        ValueError: AWS refuses it.
    """
    if not re.fullmatch(rf"(?!(?i:aws):)[\w +\-=.:/@]{{1,{MAXIMUM_TAG_LENGTH}}}", text) or text.isspace():
        raise ValueError
    return text


def parse_version(text: str) -> str | None:
    """Parse S3's version of an object; None for an empty text.

    Raises:
        ValueError: It is none.
    """
    if text and not re.fullmatch(r"[A-Za-z0-9._-]{1,1024}", text):
        raise ValueError
    return text or None


def parse_path(text: str) -> Path | None:
    """Parse a path; None for an empty text."""
    return Path(text) if text else None


def parse_log_retention(text: str) -> int:
    """Parse a retention period of CloudWatch Logs.

    Raises:
        ValueError: It is none; the text has the nearest.
    """
    days = parse_integer(text)
    if days not in LOG_RETENTION_DAYS:
        raise ValueError(f"the nearest is {min(LOG_RETENTION_DAYS, key=lambda allowed: abs(allowed - days))}")
    return days


Owner: TypeAlias = Annotated[
    str,
    Parser(
        parse_owner,
        f"1 to {MAXIMUM_TAG_LENGTH} letters, digits, spaces and + - = . _ : / @, and no aws: at the start",
    ),
]
ArchivePath: TypeAlias = Annotated[Path | None, Parser(parse_path, "a path, or nothing")]
ArchiveVersion: TypeAlias = Annotated[
    str | None, Parser(parse_version, "a version of the stack's own archive as S3 names it, or nothing")
]
LogRetentionDays: TypeAlias = Annotated[
    int, Parser(parse_log_retention, f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}", "days")
]


class GeneralConfig(Section):
    """Stack."""

    owner: Owner = Field(
        default="unassigned",
        description="Person or team responsible for the stack, in the tag `owner` of all resources that take "
        "tags.",
    )
    compute: Shape = Field(
        default="fleet",
        description="Compute shape. fleet = EC2 instances in an Auto Scaling group behind an Application "
        "Load Balancer; lambda = a Lambda function behind an API Gateway REST API; both = one next to the "
        "other.",
    )
    archive: ArchivePath = Field(
        default="",
        validate_default=True,
        description="Path of the service packed for instances, relative to the project's folder. Empty = "
        "pack it now with `iris pack`.",
    )
    function_archive: ArchivePath = Field(
        default="",
        validate_default=True,
        description="Path of the service packed for the function, relative to the project's folder. Empty = "
        "pack it now with `iris pack`.",
    )
    archive_version: ArchiveVersion = Field(
        default="",
        validate_default=True,
        description="S3 version of an archive that was deployed before, from the output archiveVersion. "
        "Instances run it instead of the archive above, so that a release is rolled back unchanged. Empty = "
        "the archive above.",
    )
    function_archive_version: ArchiveVersion = Field(
        default="",
        validate_default=True,
        description="S3 version of a function archive that was deployed before.",
    )
    retained_archives: Integer = Field(
        default=20,
        ge=1,
        le=100,  # S3 API reference, NoncurrentVersionExpiration.
        description="Number of earlier archives of each kind that are retained. Older ones expire 90 days "
        "after they were replaced, but none while an earlier one is running.",
    )
    log_retention_days: LogRetentionDays = Field(default=30, description="Retention period of logs.")
    deletion_protection: Flag = Field(
        default=True,
        description="Protect the load balancer, and buckets with objects, from deletion. Before a stack is "
        "destroyed, set this to false and deploy once more.",
    )
    guard_duty: Flag = Field(
        default=False,
        description="Create a GuardDuty detector and report its findings. An account has one detector in "
        "each region, and `iris doctor` reports an existing one; it is deleted with the stack that created "
        "it. GuardDuty charges by the data that it analyzes.",
    )


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """Both shapes at once, each at an address of its own: to compare them, or to move between them."""

    fleet: FleetConfig
    function: LambdaConfig


Compute: TypeAlias = FleetConfig | LambdaConfig | SideBySide


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """One stack, complete and free of contradictions."""

    general: GeneralConfig
    compute: Compute
    architecture: Architecture
    firewall: FirewallConfig
    alarms: AlarmConfig
    budget: BudgetConfig | None


SECTIONS: Final[tuple[type[Section], ...]] = (
    GeneralConfig,
    InstancesConfig,
    ScalingConfig,
    NetworkConfig,
    DomainConfig,
    LoadBalancerConfig,
    TargetGroupConfig,
    FunctionConfig,
    FirewallConfig,
    AlarmConfig,
    BudgetConfig,
)
"""All sections, in the order of the documentation."""

DEFAULTS: Final[Mapping[str, str]] = {
    key: default_text(field) for section in SECTIONS for key, field in section.settings().items()
}

FLEET_RELATIONS: Final[tuple[Relation, ...]] = (
    *instances_config.RELATIONS,
    *scaling_config.RELATIONS,
    *fleet_config.RELATIONS,
    *target_group_config.RELATIONS,
    *load_balancer_config.RELATIONS,
)

RELATIONS: Final[Mapping[str | None, tuple[Relation, ...]]] = {
    "fleet": FLEET_RELATIONS,
    "lambda": function_config.RELATIONS,
    "both": (*FLEET_RELATIONS, *function_config.RELATIONS),
    None: (),
}
"""Relations that count for each shape; those of the other shape's settings do not."""


def load_config(values: Mapping[str, str]) -> StackConfig:
    """Read the configuration of a stack from the project's own keys, without their prefix.

    Every setting is read in any shape; relations count only between settings that the shape uses.

    Raises:
        ConfigError: It lists all settings that are out of range, unreadable, unknown or contradictory.
    """
    reading = read_sections(SECTIONS, {**DEFAULTS, **values})
    if mistakes := _all_mistakes(reading):
        raise ConfigError(mistakes)
    budget = reading.section(BudgetConfig)
    return StackConfig(
        general=reading.section(GeneralConfig),
        compute=_compute(reading),
        architecture=reading.section(InstancesConfig).resolved_architecture,
        firewall=reading.section(FirewallConfig),
        alarms=reading.section(AlarmConfig),
        budget=budget if budget.monthly_budget_usd else None,
    )


def find_mistakes(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the mistakes of a part of a configuration, for any values of the others."""
    return _all_mistakes(read_sections(SECTIONS, values))


def _all_mistakes(reading: Reading) -> tuple[str, ...]:
    shape: Any = reading.readable.get("compute")
    relations = (*RELATIONS[shape], *firewall_config.RELATIONS, *domain_config.RELATIONS)
    return (*reading.mistakes, *reading.contradictions(relations))


def _compute(reading: Reading) -> Compute:
    shape, domains = reading.section(GeneralConfig).compute, reading.section(DomainConfig)
    fleet = FleetConfig(
        instances=reading.section(InstancesConfig),
        scaling=reading.section(ScalingConfig),
        network=reading.section(NetworkConfig),
        target_group=reading.section(TargetGroupConfig),
        load_balancer=reading.section(LoadBalancerConfig),
        domain=domains.domain,
    )
    function = LambdaConfig(
        function=reading.section(FunctionConfig),
        domain=domains.api_domain if shape == "both" else domains.domain,
        blocked_paths=reading.section(LoadBalancerConfig).blocked_paths,
    )
    match shape:
        case "fleet":
            return fleet
        case "lambda":
            return function
        case "both":
            return SideBySide(fleet=fleet, function=function)
