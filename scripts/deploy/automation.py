"""A stack in the hands of Pulumi's engine: its Automation API, which runs the CLI, in a few verbs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from scripts.deploy.pulumi_cli import PulumiError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

T = TypeVar("T")

LAST_WORDS: Final = 3
"""Errors that are told when the CLI fails; all that it said has been streamed."""


class Engine:
    """One stack of the project; what Pulumi says is passed on line by line."""

    def __init__(
        self, stack: automation.Stack, tell: Callable[[str], None], policies: Path | None = None
    ) -> None:
        self._stack = stack
        self._tell = tell
        self._packs = [str(policies)] if policies else None

    @classmethod
    def open(
        cls,
        cli: automation.PulumiCommand,
        folder: Path,
        name: str,
        tell: Callable[[str], None],
        *,
        make: bool = False,
        policies: Path | None = None,
    ) -> Engine:
        """Select a stack.

        Args:
            cli: That runs it.
            folder: Of the project.
            name: Of the stack.
            tell: Hears each line that Pulumi says.
            make: Make a stack that is not there; else that is an error.
            policies: Folder of a policy pack that `preview` and `up` enforce.

        Raises:
            PulumiError: There is no such stack, or Pulumi does not say.
        """
        with _in_a_line(name):
            workspace = automation.LocalWorkspace(work_dir=str(folder), pulumi_command=cli)
            choose = automation.Stack.create_or_select if make else automation.Stack.select
            return cls(choose(name, workspace), tell, policies)

    def preview(self) -> Mapping[str, int]:
        """Show what would change; return how many resources, by what would be done to them."""
        changes = self._run(
            lambda: self._stack.preview(on_output=self._tell, color="never", policy_packs=self._packs)
        ).change_summary
        return {automation.OpType(kind).value: number for kind, number in changes.items()}

    def up(self) -> Mapping[str, Any]:
        """Make it so; return the outputs."""
        done = self._run(
            lambda: self._stack.up(on_output=self._tell, color="never", policy_packs=self._packs)
        )
        return {name: output.value for name, output in done.outputs.items()}

    def destroy(self) -> None:
        """Remove everything; the stack stays, empty, with its configuration."""
        self._run(lambda: self._stack.destroy(on_output=self._tell, color="never"))

    def outputs(self) -> Mapping[str, Any]:
        """Return what the stack exports."""
        with _in_a_line(self._stack.name):
            return {name: output.value for name, output in self._stack.outputs().items()}

    def _run(self, work: Callable[[], T]) -> T:
        """Let Pulumi work, and let it finish what it has begun when somebody presses Ctrl-C.

        The terminal tells Pulumi of it, too, which then begins nothing new. To leave at once would leave
        resources behind that it has asked for and not yet written down.
        """
        with _in_a_line(self._stack.name), ThreadPoolExecutor(1) as thread:
            working = thread.submit(work)
            try:
                return working.result()
            except KeyboardInterrupt:
                self._tell("Interrupted: Pulumi finishes what it has begun; Ctrl-C again gives that up.")
                working.exception()
                raise


@contextmanager
def _in_a_line(stack: str) -> Generator[None]:
    """Tell of a failure in Pulumi's own last words."""
    try:
        yield
    except StackNotFoundError:
        raise PulumiError(f"there is no stack {stack}; `iris deploy up --stack {stack}` makes it") from None
    except ConcurrentUpdateError:
        raise PulumiError(
            f"somebody else is at work on the stack {stack}; `pulumi cancel` frees it where nobody is"
        ) from None
    except CommandError as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        errors = [line.partition("error: ")[2] for line in said if "error: " in line] or said
        raise PulumiError(f"Pulumi failed: {'; '.join(errors[-LAST_WORDS:])}") from None
