"""Changes of predictors and the service since a running local cloud was started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.aws.credentials import CredentialsError
from scripts.packaging.pack import ARCHIVES
from scripts.rollout.deployed_stack import stack_from_outputs
from scripts.rollout.rollout_result import RolloutError
from scripts.rollout.unreleased import changes_sentence, unreleased_shapes
from scripts.training.train import PREDICTORS

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.status import Status


def change_notice(status: Status, *, predictors: Path = PREDICTORS, archives: Path = ARCHIVES) -> str | None:
    """Return a line about what the running cloud does not serve yet, with the command; None for nothing."""
    if status.identity is None or not status.outputs:
        return None
    try:
        stack = stack_from_outputs(status.outputs, status.identity.api.client)
        if not unreleased_shapes(stack, predictors, archives):
            return None
    except (BotoCoreError, ClientError, CredentialsError, RolloutError, OSError, ValueError):
        return None  # only a notice: what is wrong is said where it is used
    return f"{changes_sentence(status.url, predictors)} `make rollout` releases that."
