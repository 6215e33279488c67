"""State of a deployed stack, from `pulumi stack export`: its resources, and which of them are protected.

The format is `apitype.DeploymentV3`: https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/apitype.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

BUCKET: Final = "aws:s3/bucket:Bucket"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"

REFUSED_BY_AWS: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    # ELB API reference, DeleteLoadBalancer: OperationNotPermitted "if deletion protection is enabled".
    BALANCER: lambda outputs: outputs.get("enableDeletionProtection") is True,
    # S3 API reference, DeleteBucket: BucketNotEmpty, unless the provider empties it first.
    BUCKET: lambda outputs: outputs.get("forceDestroy") is not True,
}
"""Type -> check of its outputs: whether AWS would refuse the deletion, also without a flag in the state."""


@dataclass(frozen=True, kw_only=True)
class StateResource:
    """Resource that exists according to the state."""

    urn: str
    type: str
    id: str = ""
    protected: bool = False
    """Whether the resource has Pulumi's `protect`."""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def name(self) -> str:
        """Logical name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def kind(self) -> str:
        """Type without package and module, in lower case, such as `load balancer`."""
        short = self.type.rpartition(":")[2]
        return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in short).strip()

    @property
    def can_be_deleted(self) -> bool:
        """Whether neither Pulumi nor AWS refuses its deletion."""
        is_refused = REFUSED_BY_AWS.get(self.type)
        return not self.protected and not (is_refused and is_refused(self.outputs))


@dataclass(frozen=True, kw_only=True)
class DeployedState:
    """Custom resources of a deployed stack."""

    resources: tuple[StateResource, ...] = ()

    def protected(self, urns: Collection[str] | None = None) -> list[StateResource]:
        """Return the resources that can't be deleted; only those with one of `urns`, if they are given."""
        return [one for one in self.resources if not one.can_be_deleted and (urns is None or one.urn in urns)]

    def ids_of(self, kind: str) -> list[str]:
        """Return the ids of all resources of a type, such as `aws:ec2/vpc:Vpc`."""
        return [one.id for one in self.resources if one.type == kind]


def read_state(exported: str) -> DeployedState:
    """Read the output of `pulumi stack export`; a stack that was never deployed has no resources."""
    document: Mapping[str, Any] = json.loads(exported)
    deployment: Mapping[str, Any] = document.get("deployment") or dict[str, Any]()
    listed: list[Mapping[str, Any]] = deployment.get("resources") or list[Any]()
    return DeployedState(
        resources=tuple(
            StateResource(
                urn=one["urn"],
                type=one["type"],
                id=str(one.get("id", "")),
                protected=bool(one.get("protect")),
                outputs=one.get("outputs") or {},
            )
            for one in listed
            # A replaced resource that is still to be deleted (`delete`) counts as well: AWS still has it.
            if one.get("custom") and not one["type"].startswith("pulumi:")
        )
    )
