"""Command `iris`: a group of subcommands, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from infra.reference_data.csv_rows import ReferenceDataError
from scripts.console.encoding import configure_streams
from scripts.console.exit_status import INTERRUPTED, document_exit_status
from scripts.console.extras import ExtraError
from scripts.console.quiet import quiet_option
from scripts.console.usage_errors import one_line_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Final = {
    "train": "scripts.training.train:train",
    "import": "scripts.training.imported.import_model:import_model",
    "predict": "scripts.prediction.predict:predict",
    "pack": "scripts.packaging.pack:pack",
    "local": "scripts.local.local:local",
    "lesson": "scripts.local.lessons.command:lesson",
    "doctor": "scripts.deploy.doctor:doctor",
    "deploy": "scripts.deploy.deploy:deploy",
    "graph": "scripts.graph.graph:graph",
    "rollout": "scripts.rollout.rollout:rollout",
    "bench": "scripts.bench.bench:bench",
    "balance": "scripts.bench.balance.balance:balance",
    "load": "scripts.bench.load.load:load",
    "capacity": "scripts.cost.cli.capacity:capacity",
    "cost": "scripts.cost.cli.cost:cost",
    "prices": "scripts.cost.cli.prices:prices",
    "completion": "scripts.console.completion:completion",
}
"""Name of a subcommand -> its `module:function`."""

EXAMPLES: Final = """\b
Examples:
  iris train              train the classifiers
  iris predict rows.csv   predict the rows of a file
  iris local up           start the whole stack on this machine
  iris deploy up          deploy it to AWS
  iris rollout --help     show all options of a subcommand
"""


class LazyGroup(click.Group):
    """Group whose commands are known by name, so that its help, its errors and its completion are fast."""

    lazy: ClassVar[Mapping[str, str]] = {}
    """Name of a command -> its `module:function`, in the order of the help."""
    path: ClassVar[str] = ""
    """Words before the name of a command: "bench " of `iris bench soak`."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module, function = self.lazy[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), function)
        document_exit_status(f"{self.path}{cmd_name}", command)
        return command

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and args[0] not in self.lazy and not args[0].startswith("-"):
            # click would look for similar names among the commands that are imported.
            raise click.NoSuchCommand(args[0], possibilities=self.lazy, ctx=ctx)
        return super().resolve_command(ctx, args)

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # By name only: the description of each would import it, at every press of the key.
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self.lazy if name.startswith(incomplete)]


class Iris(LazyGroup):
    """The command `iris`, whose errors are one line."""

    lazy = COMMANDS

    @override
    def main(self, *args: Any, **options: Any) -> Any:
        configure_streams()
        return super().main(*args, **options)

    @override
    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with one_line_errors():
            return super().make_context(info_name, args, parent, **extra)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            with one_line_errors():
                return super().invoke(ctx)
        except (ReferenceDataError, ExtraError) as error:
            raise click.ClickException(str(error)) from error
        except (KeyboardInterrupt, click.Abort) as end:
            # click turns Ctrl-C at a question into what it raises for "no" and the end of the input, too.
            if not isinstance(end, KeyboardInterrupt) and not isinstance(end.__context__, KeyboardInterrupt):
                raise
            click.echo("\nAborted!", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=Iris, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scalable-models")
@quiet_option
def main() -> None:
    """Train, deploy and measure an Iris classifier that is served over HTTP, on AWS or on this laptop."""
