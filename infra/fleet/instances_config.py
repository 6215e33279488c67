"""What the instances are, and how they are bought: one type on demand, or several of them and spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.config_reader import Setting, did_you_mean
from infra.reference_data.instance_types import ARCHITECTURES, Architecture, InstanceType, instance_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config_reader import Reader

OF_THE_TYPE: Final = "auto"
"""Instead of an architecture: whatever the instance type's processor executes."""

FEWEST_SPOT_TYPES: Final = 3
"""A pool that runs dry takes all its spot instances at once. AWS advises to be flexible across many types
(EC2 user guide, "Best practices for Amazon EC2 Spot"); with fewer than this there is nothing to choose."""

MOST_TYPES: Final = 40
"""Overrides of a mixed instances policy (Auto Scaling user guide, "Quotas")."""


@dataclass(frozen=True, kw_only=True)
class Machines:
    """Instances of one architecture and one number of vCPUs."""

    instance_type: InstanceType
    alternatives: tuple[InstanceType, ...]
    """What may stand in for it; on demand in this order."""
    on_demand_base: int
    """So many instances are never spot."""
    spot_share: int
    """Percent of the others that are."""

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """All of them, the preferred one first."""
        return (self.instance_type, *self.alternatives)


@dataclass(frozen=True, kw_only=True)
class MachineSettings:
    """The same as it was read, for those that have relations with it."""

    instance_type: Setting[InstanceType]
    alternatives: Setting[tuple[InstanceType, ...]]
    on_demand_base: Setting[int]
    spot_share: Setting[int]
    architecture: Setting[str]
    """As it was given: one of them, or `auto`."""

    @property
    def value(self) -> Machines:
        """The typed value, once the reader has told that there are no mistakes."""
        return Machines(
            instance_type=self.instance_type.value,
            alternatives=self.alternatives.value,
            on_demand_base=self.on_demand_base.value,
            spot_share=self.spot_share.value,
        )

    @property
    def resolved_architecture(self) -> Architecture:
        """What all shapes are packed for, once the reader has told that there are no mistakes."""
        named: dict[str, Architecture] = {name: name for name in ARCHITECTURES}
        return named.get(self.architecture.value) or self.instance_type.value.architecture

    def contradictions(self, max_instances: Setting[int]) -> Iterator[str]:
        """Say which two of the settings cannot both be meant."""
        yield from _wrong_machine(self.instance_type, self.architecture)
        yield from _wrong_alternatives(self.alternatives, self.architecture)
        yield from _unlike_machines(self.instance_type, self.alternatives, self.architecture)
        yield from _spot_without_choice(self.spot_share, self.alternatives)
        yield from _spot_without_room(self.spot_share, self.on_demand_base, max_instances)


def read_machines(read: Reader) -> MachineSettings:
    """Read the instances' keys; `read` keeps what is wrong with each."""
    return MachineSettings(
        architecture=read.choice("architecture", (OF_THE_TYPE, *ARCHITECTURES)),
        instance_type=read.parsed("instanceType", "an EC2 instance type like t4g.small", _instance_type),
        alternatives=read.several(
            "alternativeInstanceTypes",
            "EC2 instance types like t4g.medium",
            _instance_type,
            most=MOST_TYPES - 1,
        ),
        on_demand_base=read.whole("onDemandBaseCapacity", 0, 500),
        spot_share=read.whole("spotPercent", 0, 100),
    )


def _instance_type(given: str) -> InstanceType:
    known = instance_types()
    if given not in known:
        raise ValueError(did_you_mean(given, known) or "not in infra/reference_data/instance_types.csv")
    return known[given]


def _wrong_machine(instance_type: Setting[InstanceType], architecture: Setting[str]) -> Iterator[str]:
    machine, wanted = instance_type.readable, architecture.readable
    if machine and wanted and wanted not in {machine.architecture, OF_THE_TYPE}:
        yield f"instanceType {machine.name} is {machine.architecture}, but architecture is {wanted}"


def _wrong_alternatives(
    alternatives: Setting[tuple[InstanceType, ...]], architecture: Setting[str]
) -> Iterator[str]:
    wanted = architecture.readable
    for other in alternatives.readable or ():
        if wanted and wanted not in {other.architecture, OF_THE_TYPE}:
            yield (
                f"alternativeInstanceTypes names {other.name}, which is {other.architecture}, "
                f"but architecture is {wanted}"
            )


def _unlike_machines(
    instance_type: Setting[InstanceType],
    alternatives: Setting[tuple[InstanceType, ...]],
    architecture: Setting[str],
) -> Iterator[str]:
    machine = instance_type.readable
    if machine is None:
        return
    # Where it is named, each of them has been held against it already.
    follows = architecture.readable == OF_THE_TYPE
    for other in alternatives.readable or ():
        if other == machine:
            yield f"alternativeInstanceTypes names {other.name}, which is the instanceType already"
        elif follows and other.architecture != machine.architecture:
            yield (
                f"alternativeInstanceTypes names {other.name}, which is {other.architecture}, "
                f"but instanceType {machine.name} is {machine.architecture}: "
                f"the archive runs on only one of them"
            )
        elif other.vcpus != machine.vcpus:
            yield (
                f"alternativeInstanceTypes names {other.name} with {other.vcpus} vCPUs, but instanceType "
                f"{machine.name} has {machine.vcpus}: every instance gets as many workers and requests"
            )


def _spot_without_choice(
    spot_share: Setting[int], alternatives: Setting[tuple[InstanceType, ...]]
) -> Iterator[str]:
    share, others = spot_share.readable, alternatives.readable
    if share and others is not None and len(others) + 1 < FEWEST_SPOT_TYPES:
        yield (
            f"spotPercent {share} needs alternativeInstanceTypes to name {FEWEST_SPOT_TYPES - 1} or more, "
            f"not {len(others)}: a single pool of spot instances can run dry at once"
        )


def _spot_without_room(
    spot_share: Setting[int], on_demand_base: Setting[int], max_instances: Setting[int]
) -> Iterator[str]:
    share, base, most = spot_share.readable, on_demand_base.readable, max_instances.readable
    if share and base is not None and most is not None and base >= most:
        yield (
            f"spotPercent {share} can never come about: "
            f"onDemandBaseCapacity {base} leaves nothing of maxInstances {most}"
        )
