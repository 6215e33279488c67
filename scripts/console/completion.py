"""Command `iris completion`: completion of subcommands and options by the shell."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

SHELLS: Final = ("bash", "zsh", "fish")

EXAMPLES: Final = """\b
Examples, with `.venv/bin` on the PATH:
  eval "$(iris completion bash)"        in ~/.bashrc
  eval "$(iris completion zsh)"         in ~/.zshrc
  iris completion fish | source         in ~/.config/fish/config.fish
"""


@click.command(
    epilog=EXAMPLES, short_help="Print the script that lets a shell complete commands and options."
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script with which a shell completes subcommands, options and their values."""
    found = get_completion_class(shell)
    if found is None:  # click has a class for each of them
        raise click.ClickException(f"click completes nothing in {shell}")
    click.echo(found(ctx.find_root().command, {}, "iris", "_IRIS_COMPLETE").source())
