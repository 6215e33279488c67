"""Check of the order in which a function changes from SnapStart to provisioned concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.serverless.config import ProvisionedConcurrency
from infra.serverless.function import ALIAS
from scripts.deploy.checks.check_result import CheckResult, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.serverless.config import LambdaConfig
    from localcloud.aws.client_factory import ClientFactory


def check_warm_start(
    clients: ClientFactory, function: LambdaConfig | None, tags: Mapping[str, str]
) -> Iterator[CheckResult]:
    """Yield a problem if provisioned concurrency is configured, and the released version has a snapshot.

    The alias names that version until a roll-out, and Lambda refuses both on one version (Lambda developer
    guide, "Improving startup performance with Lambda SnapStart").

    Args:
        clients: Clients of the stack's region.
        function: Configuration of the function, if the stack has one.
        tags: Tags of the stack, which may not exist yet.
    """
    if function is None or not isinstance(function.function.warm_start, ProvisionedConcurrency):
        return
    found = clients("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": key, "Values": [value]} for key, value in tags.items()],
        ResourceTypeFilters=["lambda:function"],
    )
    client = clients("lambda")
    for name in (one["ResourceARN"] for one in found["ResourceTagMappingList"]):
        try:
            released = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
        except client.exceptions.ResourceNotFoundException:
            continue
        version = client.get_function_configuration(FunctionName=name, Qualifier=released)
        if version.get("SnapStart", {}).get("OptimizationStatus") == "On":
            yield problem(
                "minProvisionedConcurrency",
                f"the released version {released} of the function has a SnapStart snapshot, which Lambda "
                "does not combine with provisioned concurrency",
                "deploy with minProvisionedConcurrency 0 and snapStart false, release that version with "
                "`iris rollout`, then set minProvisionedConcurrency",
            )
