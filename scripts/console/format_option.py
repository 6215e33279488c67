"""The option that says how a command prints its result: for people, or for programs."""

from __future__ import annotations

from typing import Final

import click

format_option: Final = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the result."
)
