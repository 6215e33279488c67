"""Pulumi stack, driven through the Automation API, which runs the Pulumi CLI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from scripts.deploy.deployed_state import DeployedState, StateResource, read_state
from scripts.deploy.pulumi_cli import PulumiError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from pulumi.automation.events import EngineEvent

T = TypeVar("T")

DELETING: Final = frozenset({"delete", "delete-replaced", "replace"})
"""Operations that delete a resource."""

MAXIMUM_ERRORS_SHOWN: Final = 3
"""Maximum errors in the message when the CLI fails; its whole output has been streamed before."""


class ProtectedError(PulumiError):
    """A resource that the deployed stack protects would be deleted; the message says how to unprotect it."""

    def __init__(self, stack: str, protected: Sequence[StateResource], first: str = "") -> None:
        names = ", ".join(f"the {one.kind} {one.name}" for one in protected)
        you = f"you {first}, run" if first else "you run"
        super().__init__(
            f"the deployed stack {stack} is protected, and nothing was changed: {names} can't be deleted "
            f"until {you} `pulumi config set deletionProtection false -s {stack}` and `iris deploy up "
            f"--stack {stack} --no-policies`"
        )


class PulumiStack:
    """One stack of the project, whose output is passed on line by line."""

    def __init__(
        self, stack: automation.Stack, on_output: Callable[[str], None], policies: Path | None = None
    ) -> None:
        self._stack = stack
        self._on_output = on_output
        self._packs = [str(policies)] if policies else None

    @classmethod
    def open(
        cls,
        cli: automation.PulumiCommand,
        folder: Path,
        name: str,
        on_output: Callable[[str], None],
        *,
        create: bool = False,
        policies: Path | None = None,
    ) -> PulumiStack:
        """Select a stack, or create it.

        Args:
            cli: Pulumi CLI.
            folder: Folder of the project.
            name: Name of the stack.
            on_output: Receives each line of Pulumi's output.
            create: Whether to create a missing stack; otherwise it is an error.
            policies: Folder of the policy pack that `preview` and `up` enforce.

        Raises:
            PulumiError: The stack does not exist, or Pulumi fails.
        """
        with _pulumi_errors_in_one_line(name):
            workspace = automation.LocalWorkspace(work_dir=str(folder), pulumi_command=cli)
            select = automation.Stack.create_or_select if create else automation.Stack.select
            return cls(select(name, workspace), on_output, policies)

    def preview(self) -> Mapping[str, int]:
        """Preview the changes; return operation -> number of resources.

        Raises:
            ProtectedError: They would delete a resource that the deployed stack protects.
            PulumiError: Pulumi fails.
        """
        state = self.state()
        deleted: set[str] = set()

        def on_event(event: EngineEvent) -> None:
            deleted.update(deleted_by(event))

        try:
            changes = self._run(
                lambda: self._stack.preview(
                    on_output=self._on_output, on_event=on_event, color="never", policy_packs=self._packs
                )
            ).change_summary
        except PulumiError:
            self._refuse_deletions(state, deleted)
            raise
        self._refuse_deletions(state, deleted)
        return {automation.OpType(kind).value: number for kind, number in changes.items()}

    def _refuse_deletions(self, state: DeployedState, deleted: set[str]) -> None:
        if protected := state.protected(deleted):
            raise ProtectedError(self._stack.name, protected, "undo this change")

    def up(self) -> Mapping[str, Any]:
        """Create or update the stack; return its outputs.

        Without a preview before it, a deletion that is refused fails only after other resources have changed.
        """
        result = self._run(
            lambda: self._stack.up(on_output=self._on_output, color="never", policy_packs=self._packs)
        )
        return {name: output.value for name, output in result.outputs.items()}

    def state(self) -> DeployedState:
        """Return what is deployed, without secrets."""
        with _pulumi_errors_in_one_line(self._stack.name):
            workspace = self._stack.workspace
            exported = workspace.pulumi_command.run(
                ["stack", "export", "--stack", self._stack.name], workspace.work_dir, workspace.env_vars
            )
            return read_state(exported.stdout)

    def require_removable(self) -> DeployedState:
        """Return what is deployed, all of which can be deleted.

        Raises:
            ProtectedError: A resource is protected; Pulumi would delete others first.
        """
        state = self.state()
        if protected := state.protected():
            raise ProtectedError(self._stack.name, protected)
        return state

    def destroy(self) -> None:
        """Remove all resources; the empty stack and its configuration remain."""
        self._run(lambda: self._stack.destroy(on_output=self._on_output, color="never"))

    def outputs(self) -> Mapping[str, Any]:
        """Return the outputs of the stack."""
        with _pulumi_errors_in_one_line(self._stack.name):
            return {name: output.value for name, output in self._stack.outputs().items()}

    def _run(self, work: Callable[[], T]) -> T:
        """Run a command of Pulumi in a thread, and wait for its end even after Ctrl-C.

        The terminal sends the interrupt to Pulumi, too, which then starts no further operation. Leaving
        immediately would orphan resources that Pulumi has requested and not yet saved in its state.
        """
        with _pulumi_errors_in_one_line(self._stack.name), ThreadPoolExecutor(1) as thread:
            running = thread.submit(work)
            try:
                return running.result()
            except KeyboardInterrupt:
                self._on_output(
                    "Interrupted: Pulumi finishes its running operations; press Ctrl-C again to abort them."
                )
                running.exception()
                raise


def deleted_by(event: EngineEvent) -> set[str]:
    """Return the URN of the resource that the step of an event deletes, if it is such a step."""
    step = event.resource_pre_event
    return {step.metadata.urn} if step and step.metadata.op.value in DELETING else set()


@contextmanager
def _pulumi_errors_in_one_line(stack: str) -> Generator[None]:
    """Turn errors of Pulumi into a `PulumiError` in one line, with Pulumi's own last errors."""
    try:
        yield
    except StackNotFoundError:
        raise PulumiError(
            f"there is no stack {stack}; create it with `iris deploy up --stack {stack}`"
        ) from None
    except ConcurrentUpdateError:
        raise PulumiError(
            f"the stack {stack} is locked by another update; if none is running, `pulumi cancel` unlocks it"
        ) from None
    except CommandError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        errors = [line.partition("error: ")[2] for line in lines if "error: " in line] or lines
        raise PulumiError(f"Pulumi failed: {'; '.join(errors[-MAXIMUM_ERRORS_SHOWN:])}") from None
