"""Command `iris local watch`: the fleet live, on a page or in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from localcloud.state_dir import StateDir
from scripts.local.home_option import home_option
from scripts.local.port_option import Port

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.local.watch.view.texts import Language


@click.command(epilog="Example: iris local watch --terminal")
@home_option
@click.option(
    "--port", type=Port(), default="free", show_default=True, help="Port of the page on 127.0.0.1, or `free`."
)
@click.option(
    "--browser/--no-browser",
    "opens_browser",
    default=True,
    help="Open the page in the browser, or only print its link.",
)
@click.option("--terminal", is_flag=True, help="Show it in this terminal instead; in a pipe, as lines.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language in the terminal; the page has that of the browser.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    show_default=True,
    help="With --terminal. ndjson: a JSON object on a line, every five seconds.",
)
@click.pass_context
def watch(
    context: click.Context,
    home: Path,
    port: int,
    opens_browser: bool,  # noqa: FBT001 - click's
    terminal: bool,  # noqa: FBT001
    language: str,
    style: str,
) -> None:
    """Show the fleet live: requests, health, latency, scaling, cost and attacks, on a page with buttons.

    Its link opens it once, in one browser of this machine. Ctrl-C ends it with 0; the cloud goes on.
    """
    from localcloud.aws.credentials import CredentialsError
    from localcloud.incompatible_state import IncompatibleStateError
    from scripts.local.watch.running_cloud import NoCloudError

    _refuse_options_of_the_other_view(context, terminal=terminal)
    state_dir = StateDir(home.resolve())
    try:
        if terminal:
            from scripts.local.watch.terminal.view import show

            show(state_dir, cast("Language", language), as_json=style == "ndjson")
        else:
            _serve_page(state_dir, port, opens_browser=opens_browser)
    except (CredentialsError, IncompatibleStateError, NoCloudError) as error:
        raise click.ClickException(str(error)) from None


def _refuse_options_of_the_other_view(context: click.Context, *, terminal: bool) -> None:
    of_page = {"port": "--port", "opens_browser": "--browser"}
    of_terminal = {"language": "--lang", "style": "--format"}
    for parameter, option in (of_page if terminal else of_terminal).items():
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            joined = "can't be joined with" if terminal else "needs"
            raise click.UsageError(f"{option} {joined} --terminal.")


def _serve_page(state_dir: StateDir, port: int, *, opens_browser: bool) -> None:
    from scripts.local.watch.browser import open_in_browser
    from scripts.local.watch.server import serve

    def on_started(url: str) -> None:
        click.echo(f"{url}\nCtrl-C ends it; the cloud goes on.")
        if opens_browser:
            open_in_browser(url)

    try:
        serve(state_dir, port, on_started)
    except OSError as error:
        raise click.ClickException(f"port {port} can't be used: {error.strerror}") from None
