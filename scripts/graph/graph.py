"""`iris graph`: architecture diagram of the resources that the program requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import yaml

from scripts.program.run import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

DIAGRAM: Final = PROJECT / "docs" / "architecture.svg"
"""Diagram that the documentation shows."""

TITLE: Final = "AWS architecture, as the Pulumi program requests it"


@click.command()
@click.option(
    "--stack",
    help="Stack whose configuration to use.  [default: the default values, with both fleet and function]",
)
@click.option("--config", "settings", multiple=True, help="key=value, overrides all others; may be repeated.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DIAGRAM,
    show_default="docs/architecture.svg",
    help="SVG file to write.",
)
def graph(stack: str | None, settings: tuple[str, ...], output: Path) -> None:
    """Draw the architecture of a stack: the program runs under mocks, and nothing is created."""
    from scripts.console.atomic_write import atomic_write
    from scripts.console.steps import waiting
    from scripts.graph.resource_groups import MissingBoxError
    from scripts.program.resources import StackError

    try:
        with waiting("Running the program"):
            svg = draw_architecture(stack, settings)
        with atomic_write(output) as file:
            file.write(svg.encode())
    except (StackError, MissingBoxError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    click.echo(output)


def draw_architecture(stack: str | None = None, settings: Sequence[str] = ()) -> str:
    """Run the program and return the diagram of its resources as SVG.

    Args:
        stack: stack whose configuration to use; None: the default values, with both fleet and function.
        settings: `key=value`, which override all others.

    Raises:
        StackError: the program rejects its configuration.
        MissingBoxError: a requested type of resource has no box in the diagram.
    """
    from scripts.graph.diagram import compose_diagram
    from scripts.graph.svg import draw_svg
    from scripts.program.run import run

    defaults = [] if stack else _default_settings()
    root, edges = compose_diagram(run(stack or "dev", [*defaults, *settings]))
    return draw_svg(root, edges, TITLE)


def _default_settings() -> list[str]:
    """Return every key with its default value, which overrides `Pulumi.dev.yaml`, and with both shapes."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    values = {key: entry["default"] for key, entry in declared.items()} | {"compute": "both"}
    return [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()
    ]
