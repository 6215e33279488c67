"""Releases a version of a function: its alias shifts from the old version to the new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.rollout.alarms import AlarmError
from scripts.rollout.plan import ALL
from scripts.rollout.result import Outcome, RolloutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.rollout.alarms import Watch
    from scripts.rollout.plan import Plan
    from scripts.rollout.publish import Published
    from scripts.rollout.result import Result

LATEST: Final = "$LATEST"
"""What can still be changed; no alias that shifts may name it."""


class AliasMovedError(RolloutError):
    """Somebody else has moved the alias meanwhile."""


@dataclass(frozen=True)
class Alias:
    """Where requests go."""

    version: str
    weights: dict[str, float]
    """Shares of other versions, from 0 to 1."""
    revision: str
    """Changes whenever the alias does."""

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Alias:
        """Read an answer of Lambda."""
        weights: dict[str, float] = answer.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return cls(answer["FunctionVersion"], weights, answer["RevisionId"])


class Function:
    """A function behind an alias."""

    def __init__(self, client: Any, name: str, alias: str) -> None:  # noqa: ANN401 - boto3 makes a client's methods at run time
        self._client = client
        self.name = name
        self._alias_name = alias

    def publish(self, archive: Published) -> str:
        """Publish a version that runs an archive; return the present one where it does already."""
        changed = self._client.update_function_code(
            FunctionName=self.name,
            S3Bucket=archive.bucket,
            S3Key=archive.key,
            S3ObjectVersion=archive.version,
        )
        self._client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        # The hash fails this where somebody else has uploaded other code in between.
        published = self._client.publish_version(FunctionName=self.name, CodeSha256=changed["CodeSha256"])
        version: str = published["Version"]
        self._client.get_waiter("published_version_active").wait(FunctionName=self.name, Qualifier=version)
        return version

    def newest(self) -> str:
        """Ask for the version that was published last."""
        pages = self._client.get_paginator("list_versions_by_function").paginate(FunctionName=self.name)
        versions = [each["Version"] for page in pages for each in page["Versions"]]
        return max((version for version in versions if version != LATEST), key=int)

    def serving(self) -> str:
        """Ask for the version that the alias names."""
        return self._look().version

    def release(
        self,
        new: str,
        plan: Plan,
        watch: Watch,
        tell: Callable[[str], None],
        *,
        take_over: bool = False,
    ) -> Outcome:
        """Shift all requests to a version, and back if an alarm goes off.

        Args:
            new: The version.
            plan: The shares that it gets.
            watch: Looked at before each step and after the last.
            tell: Hears of each step.
            take_over: Whether a roll-out that was cut off half-way is put back first.

        Raises:
            AliasMovedError: Somebody else has moved the alias; it is left as they want it.
            RolloutError: Another roll-out is under way, or this one can't be taken back.
        """
        alias = self._look()
        if alias.weights and not take_over:
            share = ", ".join(f"{weight:.0%} to version {each}" for each, weight in alias.weights.items())
            raise RolloutError(
                f"the alias {self._alias_name} of {self.name} gives {share}: another roll-out is under way, "
                f"or was cut off. If it was, --take-over begins again from version {alias.version}."
            )
        old = alias.version
        try:
            if alias.weights:
                alias = self._point(alias, old, {})
            if old == new:
                return self._outcome("nothing new", old, new, old)
            for step in plan.steps:
                watch.look()
                everything = step.percent == ALL
                alias = (
                    self._point(alias, new, {})
                    if everything
                    else self._point(alias, old, {new: step.percent / ALL})
                )
                tell(f"{self.name}: version {new} gets {step.percent} %")
                watch.look_for(plan.interval)
        except AliasMovedError:
            raise
        except (AlarmError, BotoCoreError, ClientError, RolloutError) as error:
            return self._back(old, new, str(error), tell)
        except KeyboardInterrupt:
            return self._back(old, new, "interrupted", tell)
        except BaseException as defect:
            self._back(old, new, repr(defect), tell)
            raise
        return self._outcome("released", old, new, new)

    def _look(self) -> Alias:
        return Alias.of(self._client.get_alias(FunctionName=self.name, Name=self._alias_name))

    def _point(self, seen: Alias, version: str, weights: dict[str, float]) -> Alias:
        try:
            answer = self._client.update_alias(
                FunctionName=self.name,
                Name=self._alias_name,
                FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": weights},
                RevisionId=seen.revision,
            )
        except self._client.exceptions.PreconditionFailedException:
            raise AliasMovedError(
                f"somebody else has moved the alias {self._alias_name} of {self.name} meanwhile; "
                "it is left as it is"
            ) from None
        return Alias.of(answer)

    def _back(self, old: str, new: str, reason: str, tell: Callable[[str], None]) -> Outcome:
        """Let the old version serve everything again."""
        tell(f"{self.name}: back to version {old} ({reason})")
        try:
            # Asked anew: the last change may have happened though nobody heard of it.
            alias = self._look()
            if {alias.version, *alias.weights} <= {old, new}:
                self._point(alias, old, {})
            else:
                raise AliasMovedError(f"somebody else has moved the alias of {self.name} to {alias.version}")
        except (BotoCoreError, ClientError) as error:
            raise RolloutError(
                f"{reason}, and {self.name} could not be put back to version {old}: {error}. "
                "Run this again with --take-over."
            ) from error
        return self._outcome("rolled back", old, new, old, reason)

    def _outcome(self, result: Result, old: str, new: str, serves: str, reason: str = "") -> Outcome:
        return Outcome(
            shape="function",
            result=result,
            name=self.name,
            before=old,
            offered=new,
            serves=serves,
            reason=reason,
        )
