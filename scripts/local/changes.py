"""Changes since a running local cloud was started: of predictors, the service, and the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.controller import aws_queries
from localcloud.provisioning.pulumi_project import StackConfigError, read_project
from scripts.packaging.pack import ARCHIVES
from scripts.rollout.deployed_stack import stack_from_outputs
from scripts.rollout.rollout_result import RolloutError
from scripts.rollout.unreleased import changes_sentence, unreleased_shapes
from scripts.training.train import PREDICTORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.status import Status


def change_notices(
    status: Status, project: Path, *, predictors: Path = PREDICTORS, archives: Path = ARCHIVES
) -> list[str]:
    """Return a line for each kind of change that the running cloud does not have yet, with its command."""
    if status.identity is None or not status.outputs:
        return []
    notices: list[str] = []
    try:
        stack = stack_from_outputs(status.outputs, status.identity.api.client)
        if unreleased_shapes(stack, predictors, archives):
            sentence = changes_sentence(status.url, predictors)
            notices.append(f"{sentence} `make rollout` releases that.")
        started = aws_queries.read_file_config(status.identity.api, status.identity.stack)
        present = read_project(project, status.identity.stack, {}).config
    except (BotoCoreError, ClientError, RolloutError, StackConfigError, OSError, ValueError):
        return notices  # only a notice: what is wrong is said where it is used
    if started is not None and (settings := changed_settings(started, present)):
        notices.append(
            f"Changed since it was started: {', '.join(settings)}. `make down` and `make up` apply that."
        )
    return notices


def changed_settings(started: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Return a clause for each setting whose value in the files has changed."""
    return [
        f"{key.rpartition(':')[2]}={present.get(key, '')} (it was {started.get(key, 'not set')})"
        for key in sorted(started.keys() | present.keys())
        if started.get(key) != present.get(key)
    ]
