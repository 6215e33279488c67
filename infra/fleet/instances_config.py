"""Instances section of the configuration: one type on demand, or several types with spot instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Flag, Integer, Parser, Percent, Section, did_you_mean, parse_list
from infra.reference_data.instance_types import Architecture, InstanceType, instance_types

if TYPE_CHECKING:
    from collections.abc import Iterator

ArchitectureChoice: TypeAlias = Literal["auto", "arm64", "x86_64"]
"""An architecture, or `auto` for that of the instance type's processor."""

MINIMUM_SPOT_TYPES: Final = 3
"""An empty pool interrupts all its spot instances at once. AWS advises to be flexible across many types (EC2
user guide, "Best practices for Amazon EC2 Spot"); fewer than this leave no choice."""

MINIMUM_MEMORY_GIB: Final = 1.0
"""Memory of an instance, in GiB. On less, `dnf` is killed during the boot
(amazonlinux/amazon-linux-2023#404)."""

MAXIMUM_TYPES: Final = 40
"""Overrides of a mixed instances policy (Auto Scaling user guide, "Quotas")."""


def parse_instance_type(text: str) -> InstanceType:
    """Parse the name of an instance type.

    Raises:
        ValueError: It is unknown; the text suggests the one that is near.
    """
    known = instance_types()
    if text not in known:
        raise ValueError(did_you_mean(text, known) or "not in infra/reference_data/instance_types.csv")
    return known[text]


NamedInstanceType: TypeAlias = Annotated[
    InstanceType, Parser(parse_instance_type, "an EC2 instance type like t4g.small")
]
AlternativeTypes: TypeAlias = Annotated[
    tuple[InstanceType, ...],
    Parser(
        parse_list(parse_instance_type, maximum=MAXIMUM_TYPES - 1),
        f"up to {MAXIMUM_TYPES - 1} EC2 instance types like t4g.medium, separated by commas",
    ),
]


class InstancesConfig(Section):
    """Instances."""

    architecture: ArchitectureChoice = Field(
        default="auto",
        description="Processor architecture of the instances, the function and the packed service. auto = "
        "that of the instanceType. arm64 costs a fifth less for the same work.",
    )
    instance_type: NamedInstanceType = Field(
        default="t4g.small",
        validate_default=True,
        description="EC2 instance type of the fleet. One worker process runs for each vCPU.",
    )
    alternative_instance_types: AlternativeTypes = Field(
        default="",
        validate_default=True,
        description="Further instance types for the fleet, separated by commas, with the architecture and "
        "the number of vCPUs of the instanceType. On-demand instances are launched in this order, spot "
        "instances where most capacity is free. Empty = none.",
    )
    on_demand_base_capacity: Integer = Field(
        default=2,
        ge=0,
        le=500,
        description="Number of instances that are always on demand. Two over two zones survive the "
        "interruption of all spot instances at once.",
    )
    spot_percent: Percent = Field(
        default=0,
        ge=0,
        le=100,
        description="Share of spot instances beyond onDemandBaseCapacity. They cost about a third and can be "
        "interrupted within two minutes. Needs two or more alternativeInstanceTypes, and "
        "deregistrationDelaySeconds below 120. 0 = none.",
    )

    detailed_monitoring: Flag = Field(
        default=False,
        description="Metrics of each instance every minute instead of every five, so that the fleet follows "
        "its CPU utilization within minutes. CloudWatch charges seven metrics for each instance.",
    )

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """All instance types, the preferred one first."""
        return (self.instance_type, *self.alternative_instance_types)

    @property
    def resolved_architecture(self) -> Architecture:
        """Architecture that all archives are packed for."""
        return self.instance_type.architecture if self.architecture == "auto" else self.architecture


def type_of_another_architecture(
    instance_type: InstanceType, architecture: ArchitectureChoice
) -> Iterator[str]:
    """Check that the instance type has the architecture."""
    if architecture not in {instance_type.architecture, "auto"}:
        yield (
            f"instanceType {instance_type.name} is {instance_type.architecture}, but architecture is "
            f"{architecture}"
        )


def type_with_too_little_memory(
    instance_type: InstanceType, alternative_instance_types: tuple[InstanceType, ...]
) -> Iterator[str]:
    """Check that instances have the memory for the package manager of their image."""
    for key, types in (
        ("instanceType", (instance_type,)),
        ("alternativeInstanceTypes", alternative_instance_types),
    ):
        for one in types:
            if one.memory_gib < MINIMUM_MEMORY_GIB:
                yield (
                    f"{key} {one.name} has {one.memory_gib:g} GiB of memory, but a boot of Amazon Linux "
                    f"needs {MINIMUM_MEMORY_GIB:g} GiB: its package manager would be killed"
                )


def alternative_of_another_architecture(
    alternative_instance_types: tuple[InstanceType, ...], architecture: ArchitectureChoice
) -> Iterator[str]:
    """Check that the alternatives have the architecture."""
    for other in alternative_instance_types:
        if architecture not in {other.architecture, "auto"}:
            yield (
                f"alternativeInstanceTypes names {other.name}, which is {other.architecture}, but "
                f"architecture is {architecture}"
            )


def alternative_unlike_the_type(
    instance_type: InstanceType,
    alternative_instance_types: tuple[InstanceType, ...],
    architecture: ArchitectureChoice,
) -> Iterator[str]:
    """Check that each alternative is another type with as many vCPUs, on which the same archive runs."""
    for other in alternative_instance_types:
        if other == instance_type:
            yield f"alternativeInstanceTypes names {other.name}, which is the instanceType already"
        # An architecture that is named has been compared with each alternative already.
        elif architecture == "auto" and other.architecture != instance_type.architecture:
            yield (
                f"alternativeInstanceTypes names {other.name}, which is {other.architecture}, but "
                f"instanceType {instance_type.name} is {instance_type.architecture}: the archive runs on "
                "only one of them"
            )
        elif other.vcpus != instance_type.vcpus:
            yield (
                f"alternativeInstanceTypes names {other.name} with {other.vcpus} vCPUs, but instanceType "
                f"{instance_type.name} has {instance_type.vcpus}: every instance gets as many workers and "
                f"requests"
            )


def spot_with_too_few_types(
    spot_percent: int, alternative_instance_types: tuple[InstanceType, ...]
) -> Iterator[str]:
    """Check that spot instances come from several pools."""
    if spot_percent and len(alternative_instance_types) + 1 < MINIMUM_SPOT_TYPES:
        yield (
            f"spotPercent {spot_percent} needs alternativeInstanceTypes to name {MINIMUM_SPOT_TYPES - 1} or "
            f"more, not {len(alternative_instance_types)}: a single pool of spot instances can run dry at "
            "once"
        )


def spot_without_room(spot_percent: int, on_demand_base_capacity: int, max_instances: int) -> Iterator[str]:
    """Check that the on-demand base leaves room for spot instances."""
    if spot_percent and on_demand_base_capacity >= max_instances:
        yield (
            f"spotPercent {spot_percent} has no effect: onDemandBaseCapacity {on_demand_base_capacity} "
            f"leaves nothing of maxInstances {max_instances}"
        )


RELATIONS: Final = (
    type_of_another_architecture,
    type_with_too_little_memory,
    alternative_of_another_architecture,
    alternative_unlike_the_type,
    spot_with_too_few_types,
    spot_without_room,
)
