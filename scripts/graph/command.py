"""`iris graph`: the architecture as a picture, drawn from the program itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import yaml

from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE: Final = PROJECT / "docs" / "architecture.svg"

TITLE: Final = "The architecture on AWS, as the Pulumi program asks for it"


@click.command()
@click.option("--stack", help="Takes its config from Pulumi.<stack>.yaml; else the defaults, in both shapes.")
@click.option("--config", "settings", multiple=True, help="`key=value`, before all others; may be repeated.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PICTURE,
    show_default="docs/architecture.svg",
    help="The SVG to write.",
)
def graph(stack: str | None, settings: tuple[str, ...], output: Path) -> None:
    """Draw what a stack is made of: the program is run under mocks, and nothing is made."""
    from rich.console import Console

    from scripts.console.atomic_write import atomic_write
    from scripts.graph.resource_groups import UndrawnError
    from scripts.program.recording import ProgramError

    try:
        with Console(stderr=True).status("Running the program"):
            picture = drawn(stack, settings)
        with atomic_write(output) as file:
            file.write(picture.encode())
    except (ProgramError, UndrawnError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    click.echo(output)


def drawn(stack: str | None = None, settings: Sequence[str] = ()) -> str:
    """Run the program and draw it.

    Args:
        stack: whose configuration to take; None takes the defaults, in both shapes.
        settings: `key=value`, before all others.

    Raises:
        ProgramError: the program refuses its configuration.
        UndrawnError: it asks for what has no place in the picture.
    """
    from scripts.graph.diagram import compose
    from scripts.graph.svg import draw
    from scripts.program.asked import run

    first = [] if stack else _defaults()
    root, arrows = compose(run(PROJECT, stack or "dev", [*first, *settings]))
    return draw(root, arrows, TITLE)


def _defaults() -> list[str]:
    """Give every key its default, whatever the stack for trying things out says, and take both shapes."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    values = {key: entry["default"] for key, entry in declared.items()} | {"compute": "both"}
    return [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()
    ]
