"""Roll-out of a function: its alias shifts from the old version to the new one."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.rollout.alarm_watch import AlarmError
from scripts.rollout.rollout_plan import ALL
from scripts.rollout.rollout_result import RolloutError, RolloutResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_lambda import LambdaClient
    from types_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef

    from scripts.rollout.alarm_watch import AlarmWatch
    from scripts.rollout.publish import PublishedArchive
    from scripts.rollout.rollout_plan import RolloutPlan
    from scripts.rollout.rollout_result import RolloutStatus

LATEST: Final = "$LATEST"
"""Unpublished version of a function, which can still change; an alias with weights can't point to it."""


class AliasMovedError(RolloutError):
    """The alias was moved by something else during the roll-out."""


@dataclass(frozen=True)
class AliasState:
    """Versions that an alias sends requests to."""

    version: str
    weights: dict[str, float]
    """Other versions -> their shares of the requests, from 0 to 1."""
    revision: str
    """Revision ID, which changes whenever the alias does."""

    @classmethod
    def from_response(cls, response: AliasConfigurationResponseTypeDef) -> AliasState:
        """Read a response of GetAlias or UpdateAlias."""
        weights = response.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return cls(response["FunctionVersion"], weights, response["RevisionId"])


class FunctionRollout:
    """Roll-out of versions of one function behind one alias."""

    def __init__(self, client: LambdaClient, name: str, alias: str) -> None:
        self._client = client
        self.name = name
        self._alias_name = alias

    def publish(self, archive: PublishedArchive) -> str:
        """Publish a version that runs an archive; return the existing one if it runs that already."""
        changed = self._client.update_function_code(
            FunctionName=self.name,
            S3Bucket=archive.bucket,
            S3Key=archive.key,
            S3ObjectVersion=archive.version,
        )
        self._client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        # With the hash, this fails if other code was uploaded in between.
        published = self._client.publish_version(FunctionName=self.name, CodeSha256=changed["CodeSha256"])
        version = published["Version"]
        self._client.get_waiter("published_version_active").wait(FunctionName=self.name, Qualifier=version)
        return version

    def latest_version(self) -> str:
        """Return the version that was published last."""
        pages = self._client.get_paginator("list_versions_by_function").paginate(FunctionName=self.name)
        versions = [each["Version"] for page in pages for each in page["Versions"]]
        return max((version for version in versions if version != LATEST), key=int)

    def serving_version(self) -> str:
        """Return the version that the alias points to."""
        return self._alias().version

    def serving_sha256(self) -> str:
        """Return the SHA-256, in hexadecimal, of the archive of the version that the alias points to."""
        described = self._client.get_function_configuration(
            FunctionName=self.name, Qualifier=self._alias().version
        )
        return b64decode(described["CodeSha256"]).hex()

    def is_released(self, version: str) -> bool:
        """Return whether the alias sends all requests to a version."""
        alias = self._alias()
        return alias.version == version and not alias.weights

    def release(
        self,
        new: str,
        plan: RolloutPlan,
        watch: AlarmWatch,
        on_progress: Callable[[str], None],
        *,
        take_over: bool = False,
    ) -> RolloutResult:
        """Shift all requests to a version, and back if an alarm goes off.

        Args:
            new: Version to release.
            plan: Shares of the requests that it gets.
            watch: Alarms to check before each step and after the last one.
            on_progress: Receives a sentence about each step.
            take_over: Whether to undo an interrupted roll-out first.

        Raises:
            AliasMovedError: Something else has moved the alias, which then stays where it is.
            RolloutError: Another roll-out is in progress, or this one can't be rolled back.
        """
        alias = self._alias()
        if alias.weights and not take_over:
            share = ", ".join(f"{weight:.0%} to version {each}" for each, weight in alias.weights.items())
            raise RolloutError(
                f"the alias {self._alias_name} of {self.name} sends {share}: another roll-out is in progress "
                f"or was interrupted. If it was, --take-over starts again from version {alias.version}."
            )
        old = alias.version
        try:
            if alias.weights:
                alias = self._update_alias(alias, old, {})
            if old == new:
                return self._result("nothing new", old, new, old)
            for step in plan.steps:
                watch.check()
                alias = (
                    self._update_alias(alias, new, {})
                    if step.percent == ALL
                    else self._update_alias(alias, old, {new: step.percent / ALL})
                )
                on_progress(f"{self.name}: version {new} gets {step.percent} %")
                watch.check_for(plan.interval)
        except AliasMovedError:
            raise
        except (AlarmError, BotoCoreError, ClientError, RolloutError) as error:
            return self._roll_back(old, new, str(error), on_progress)
        except KeyboardInterrupt:
            return self._roll_back(old, new, "interrupted", on_progress)
        except BaseException as defect:
            self._roll_back(old, new, repr(defect), on_progress)
            raise
        return self._result("released", old, new, new)

    def _alias(self) -> AliasState:
        response = self._client.get_alias(FunctionName=self.name, Name=self._alias_name)
        return AliasState.from_response(response)

    def _update_alias(self, seen: AliasState, version: str, weights: dict[str, float]) -> AliasState:
        try:
            response = self._client.update_alias(
                FunctionName=self.name,
                Name=self._alias_name,
                FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": weights},
                RevisionId=seen.revision,
            )
        except self._client.exceptions.PreconditionFailedException:
            raise AliasMovedError(
                f"the alias {self._alias_name} of {self.name} was moved by something else during the "
                "roll-out, and stays where it is"
            ) from None
        return AliasState.from_response(response)

    def _roll_back(
        self, old: str, new: str, reason: str, on_progress: Callable[[str], None]
    ) -> RolloutResult:
        """Point the alias to the old version only."""
        on_progress(f"{self.name}: back to version {old} ({reason})")
        try:
            # Read again: the last update may have succeeded although its response was lost.
            alias = self._alias()
            if {alias.version, *alias.weights} <= {old, new}:
                self._update_alias(alias, old, {})
            else:
                raise AliasMovedError(
                    f"the alias of {self.name} was moved to version {alias.version} by something else"
                )
        except (BotoCoreError, ClientError) as error:
            raise RolloutError(
                f"{reason}, and {self.name} could not be rolled back to version {old}: {error}. "
                "Run this again with --take-over."
            ) from error
        return self._result("rolled back", old, new, old, reason)

    def _result(
        self, status: RolloutStatus, old: str, new: str, serves: str, reason: str = ""
    ) -> RolloutResult:
        return RolloutResult(
            shape="function",
            result=status,
            name=self.name,
            before=old,
            offered=new,
            serves=serves,
            reason=reason,
        )
