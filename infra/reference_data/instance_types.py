"""What AWS offers to compute on: the instance types that the fleet may be made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reference_data.csv_rows import REFERENCE_DATA, read_rows, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

Architecture: TypeAlias = Literal["arm64", "x86_64"]

FILE: Final = REFERENCE_DATA / "instance_types.csv"

ARCHITECTURES: Final[tuple[Architecture, ...]] = ("arm64", "x86_64")
"""As EC2, Lambda and Amazon Linux's image names spell them."""


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One size of machine."""

    name: str
    """As EC2 calls it, like `t4g.small`."""
    vcpus: int
    """Hardware threads or cores that the guest sees."""
    memory_gib: float
    """In GiB (2**30 bytes)."""
    architecture: Architecture
    """What its processor executes."""


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Every known instance type by its name; the source of the facts stands at the head of the CSV."""
    with reading(FILE):
        return MappingProxyType({row["type"]: _instance_type(row) for row in read_rows(FILE)})


def _instance_type(row: Mapping[str, str]) -> InstanceType:
    architectures: dict[str, Architecture] = {name: name for name in ARCHITECTURES}
    return InstanceType(
        name=row["type"],
        vcpus=int(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        architecture=architectures[row["architecture"]],
    )
