"""`iris local`: the whole stack on this machine, without AWS, Docker or a Pulumi account."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

from localcloud.state_dir import Layout

if TYPE_CHECKING:
    from rich.table import Table

    from localcloud.status import FunctionStatus, Status

PROJECT: Final = Path(__file__).resolve().parents[2]

EXAMPLE: Final = "/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4"
"""The course's own example."""


class Port(click.ParamType[int]):
    """A TCP port, or `free` for one that nobody uses; 0 stands for that."""

    name = "port"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "free":
            return 0
        if str(value).isdecimal() and 0 < int(value) < 65536:  # noqa: PLR2004 - TCP's own limit
            return int(value)
        raise click.BadParameter(f"{value!r} is neither a port (1 to 65535) nor the word 'free'", ctx, param)


class Setting(click.ParamType[tuple[str, str]]):
    """A config value, as `key=value`."""

    name = "key=value"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{value!r} is not of the form key=value", ctx, param)
        return key, text


home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / ".local",
    envvar="IRIS_LOCAL_HOME",
    show_default="./.local",
    help="Folder for the cloud's state and logs; each folder can hold a cloud of its own.",
)


@click.group()
def local() -> None:
    """Run the whole stack on this machine: LocalStack, instances as processes, Envoy as load balancer.

    The Pulumi program is the very one that `pulumi up` runs; only what AWS does by itself is played here.
    """


@local.command()
@home_option
@click.option(
    "--port", type=Port(), default="8080", show_default=True, help="Of the URL, or `free` for any free one."
)
@click.option(
    "--localstack-port", type=Port(), default="4566", show_default=True, help="Of the AWS API, or `free`."
)
@click.option(
    "--endpoint",
    envvar="AWS_ENDPOINT_URL",
    help="A LocalStack that runs already, to use instead; what is made there stays when we are down.",
)
@click.option("--stack", default="dev", show_default=True, help="Takes its config from Pulumi.<stack>.yaml.")
@click.option(
    "--config",
    type=Setting(),
    multiple=True,
    help="A config value for this time, such as `algorithm=least_outstanding_requests`; may be repeated.",
)
def up(
    home: Path,
    port: int,
    localstack_port: int,
    endpoint: str | None,
    stack: str,
    config: tuple[tuple[str, str], ...],
) -> None:
    """Start the local cloud; return when its URL answers.

    What runs already stays; what is missing is started again.
    """
    from rich.console import Console

    from localcloud.cloud import Cloud, CloudError, Wishes
    from localcloud.status import look
    from scripts.packaging.pack import packed_for

    console = Console(stderr=True)
    cloud = Cloud(home)
    try:
        with console.status("Looking at what runs") as progress:
            wishes = Wishes(
                project=PROJECT,
                pack=lambda target: packed_for(target).path,
                stack=stack,
                config=dict(config),
                port=port,
                control_plane_port=localstack_port,
                endpoint=endpoint,
            )
            started = cloud.up(wishes, progress.update)
    except CloudError as error:
        raise click.ClickException(str(error)) from None
    if not started:
        console.print("It was up already.")
    status = look(cloud.layout)
    _print_table(status)
    _call_example(status)


@local.command()
@home_option
def down(home: Path) -> None:
    """Stop everything that `up` started, and nothing else. Safe to run twice."""
    from rich.console import Console

    from localcloud.cloud import Cloud, CloudError

    try:
        with Console(stderr=True).status("Stopping the local cloud"):
            stopped = Cloud(home).down()
    except CloudError as error:
        raise click.ClickException(str(error)) from None
    click.echo("The local cloud is down." if stopped else "Nothing of it was running.")


@local.command()
@home_option
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(home: Path, style: str) -> None:
    """Show what runs, asked of the processes themselves. Exits with 1 unless all of it serves."""
    from localcloud.status import look

    found = look(Layout(home.resolve()))
    if style == "json":
        told = {"up": found.is_up, "url": found.url, **dataclasses.asdict(found)}
        click.echo(json.dumps(told, indent=2))
    else:
        _print_table(found)
    raise SystemExit(0 if found.is_up else 1)


@local.command()
@home_option
def env(home: Path) -> None:
    """Print the variables by which AWS's tools reach the local cloud: its address, region and access key.

    `eval "$(make -s env)"` sets them; then `aws s3 ls` lists the buckets of the local cloud.

    They hold for the shell that takes them, until `down`: each cloud has a key of its own. In that shell all
    SDKs, and Pulumi, ask the local cloud in place of AWS; a new shell asks AWS again.
    """
    from localcloud import processes
    from localcloud.aws.credentials import CredentialsError
    from localcloud.environment import Identity

    members = processes.members(home.resolve())
    if not members:
        raise click.ClickException(f"no local cloud runs in {home}; `make up` starts one")
    try:
        api = Identity.of(members[0].environment).api
    except CredentialsError as error:
        raise click.ClickException(str(error)) from None
    # Of an earlier login, which would go with every request.
    click.echo("unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    for name, value in api.environment().items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _print_table(status: Status) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if status.identity is None:
        console.print("The local cloud is down.")
    else:
        # Plain, so that it can be copied, and cut out by a script.
        click.echo(f"URL {status.url or '-'}")
        if status.function and status.function.url != status.url:
            click.echo(f"Function URL {status.function.url}")
        click.echo(f"AWS API {status.identity.endpoint} (stack {status.identity.stack})")
        parts = Table("part", "process", "answers", box=None)
        for part in status.parts:
            parts.add_row(part.role, str(part.pid or "-"), _yes(part.answers))
        console.print(parts, "")
        if status.instances:
            console.print(_instances(status), "")
        if status.function:
            console.print(_function(status.function), "")
    if status.events:
        console.print("lately", style="bold")
        for event in status.events:
            console.print(f"  {event.time[11:23]}  {event.what}", soft_wrap=True)


def _instances(status: Status) -> Table:
    from rich.table import Table

    table = Table("instance", "zone", "process", "target health", "/readyz", box=None)
    for instance in status.instances:
        pid = str(instance.pid or "-")
        table.add_row(instance.id, instance.zone or "-", pid, instance.health, _yes(instance.ready))
    return table


def _function(function: FunctionStatus) -> Table:
    from rich.table import Table

    table = Table("function", "alias", "version", "warm processes", "/readyz", box=None)
    warm = ", ".join(map(str, function.warm)) or "-"
    table.add_row(function.name, function.alias, function.version, warm, _yes(function.ready))
    return table


def _yes(answer: bool) -> str:  # noqa: FBT001 - it is the whole question
    return "[green]yes[/]" if answer else "[red]no[/]"


def _call_example(status: Status) -> None:
    """Call the service as the course does, and show what it says."""
    import httpx

    if status.url is None:
        return
    url = status.url + EXAMPLE
    try:
        answer = httpx.get(url, trust_env=False, timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise click.ClickException(f"It is up, but {url} fails: {error}") from None
    click.echo(f"\ncurl '{url}'\n{answer.text}")
