"""Settings of a stack as Pulumi reads them: its AWS account and region, its tags and its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.stack_config import ConfigError, StackConfig, load_config
from localcloud.provisioning.pulumi_project import StackConfigError, read_project, short_name, stack_file
from scripts.aws.clients import AwsSettings, aws_settings
from scripts.deploy.checks.check_result import CheckResult, note, ok, problem
from scripts.program.stack_values import StackValues, read_aws_settings, read_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.aws.client_factory import ClientFactory


@dataclass(frozen=True, kw_only=True)
class DeploymentTarget:
    """Account and region of a stack, and the tags of its resources."""

    aws: AwsSettings
    tags: Mapping[str, str]
    """Tags that only the resources of this stack have."""

    @property
    def region(self) -> str:
        """Name of the region."""
        return self.aws.region

    @property
    def clients(self) -> ClientFactory:
        """Factory of clients of the AWS API, with the credentials of the deployment."""
        return self.aws.clients


@dataclass(frozen=True, kw_only=True)
class DeploymentConfig(DeploymentTarget):
    """Account, region and configuration of a stack."""

    config: StackConfig


def load_target(folder: Path, stack: str) -> DeploymentTarget:
    """Load where a stack is; its other settings may be wrong.

    Raises:
        StackConfigError: A file is missing, no region is set, or a setting of AWS can't be read.
    """
    return DeploymentTarget(
        aws=read_aws_settings(folder, stack),
        tags={"project": read_project(folder, stack, {}).name, "stack": short_name(stack)},
    )


def load_stack_config(folder: Path, stack: str) -> tuple[DeploymentConfig | None, list[CheckResult]]:
    """Load the configuration of a stack; return it, or None, and the results of its checks."""
    file = stack_file(folder, stack)
    check = file.name
    try:
        values = read_values(folder, stack)
        config = load_config(values.of_namespace(values.project))
        aws = aws_settings(values.of_namespace("aws"), check)
    except StackConfigError as error:
        advice = (
            f"`pulumi config set aws:region ... -s {stack}`, or another setting of aws"
            if file.exists()
            else "create it; Pulumi.dev.yaml is an example"
        )
        return None, [problem(check, str(error), advice)]
    except ConfigError as error:
        return None, [
            problem(check, mistake, "fix it with `pulumi config set`; docs/configuration.md lists the keys")
            for mistake in error.mistakes
        ]
    tags = {"project": values.project, "stack": short_name(stack)}
    return DeploymentConfig(aws=aws, config=config, tags=tags), [
        ok(check, "every key is valid"),
        *_remarks(values, check),
    ]


def _remarks(values: StackValues, check: str) -> list[CheckResult]:
    """Return a remark on all encrypted keys, and one on the keys of namespaces that nothing reads."""
    remarks: list[CheckResult] = []
    if values.encrypted:
        remarks.append(
            note(
                check,
                f"not checked, since Pulumi does not decrypt it here: {', '.join(values.encrypted)}",
                "`pulumi config --show-secrets` says why",
            )
        )
    known = {values.project, "aws", "pulumi"}
    if ignored := [key for key in values.config if key.partition(":")[0] not in known]:
        remarks.append(
            note(
                check,
                f"ignored, since nothing reads their namespace: {', '.join(ignored)}",
                f"the program's keys begin with {values.project}:, and those of AWS with aws:",
            )
        )
    return remarks
