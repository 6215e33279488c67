"""Command `iris local`: the whole stack on this machine, without AWS, Docker or a Pulumi account."""

from __future__ import annotations

import dataclasses
import json
import shlex
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource
from typing_extensions import override

from localcloud.state_dir import StateDir
from scripts.local.home_option import PROJECT, home_option
from scripts.local.port_option import Port
from scripts.local.watch.command import watch
from service.iris.examples import QUERY_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table
    from rich.text import Text

    from localcloud.aws.clients import Api
    from localcloud.status import FunctionStatus, Status

DEGRADED: Final = 4
"""Exit status of `iris local status` while a component is not ready."""

DOWN: Final = 3
"""Exit status of `iris local status` without a local cloud: that of a service that is not running.

Source: Linux Standard Base Core 5.0, 22.2 (init script actions, `status`).
"""


class ConfigOption(click.ParamType[tuple[str, str]]):
    """Config value of the form `key=value`."""

    name = "key=value"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{value!r} is not of the form key=value", ctx, param)
        return key, text


def _local_endpoint(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Return the endpoint, unless the environment has one that is not on this machine."""
    if value and context.get_parameter_source(parameter.name or "") is ParameterSource.ENVIRONMENT:
        from localcloud.aws.clients import is_local

        return value if is_local(value) else None
    return value


@click.group()
def local() -> None:
    """Run the whole stack on this machine: LocalStack, instances as processes, Envoy as load balancer.

    It runs the same Pulumi program as `pulumi up`; only the work of AWS itself is emulated.
    """


local.add_command(watch)


@local.command()
@home_option
@click.option(
    "--port",
    type=Port(),
    default="8080",
    show_default=True,
    help="Port of the URL, or `free` for any free port.",
)
@click.option(
    "--localstack-port",
    type=Port(),
    default="4566",
    show_default=True,
    help="Port of the AWS API, or `free`.",
)
@click.option(
    "--endpoint",
    envvar="AWS_ENDPOINT_URL",
    callback=_local_endpoint,
    help="URL of a running LocalStack to use instead; its resources are kept after `down`. In "
    "AWS_ENDPOINT_URL, an address elsewhere is for AWS, and counts for nothing here.",
)
@click.option(
    "--stack",
    default="dev",
    show_default=True,
    help="Pulumi stack, which takes its config from Pulumi.<stack>.yaml.",
)
@click.option(
    "--config",
    type=ConfigOption(),
    multiple=True,
    help="Config value for this run, such as `minInstances=3`; can be repeated.",
)
@click.option(
    "--settings",
    envvar="IRIS_LOCAL_CONFIG",
    default="",
    help="Config values as one text, `key=value key=value`, whose values may hold spaces.",
)
def up(
    home: Path,
    port: int,
    localstack_port: int,
    endpoint: str | None,
    stack: str,
    config: tuple[tuple[str, str], ...],
    settings: str,
) -> None:
    """Start the local cloud and wait until its URL answers.

    Running components are kept; missing ones are restarted. If the configuration has changed since, all are
    started anew at the same addresses. Predictors and a service that have changed since are named, with the
    command that releases them.
    """
    from infra.stack_config import DEFAULTS
    from localcloud.cloud import Cloud, CloudError, UpOptions
    from localcloud.status import read_status
    from scripts.console.steps import StepDisplay
    from scripts.console.termination import exit_on_signal
    from scripts.local.changes import change_notice
    from scripts.local.settings import SettingsError, split_settings
    from scripts.packaging.pack import archive_for

    cloud = Cloud(home)
    try:
        tried = split_settings(settings, DEFAULTS)
    except SettingsError as error:
        raise click.BadParameter(f"{error}.", param_hint="CONFIG or --settings") from None
    try:
        with exit_on_signal(), StepDisplay("Checking the local cloud") as steps:
            options = UpOptions(
                project=PROJECT,
                build_archive=lambda target: archive_for(target).path,
                stack=stack,
                config=dict((*tried, *config)),
                port=port,
                control_plane_port=localstack_port,
                endpoint=endpoint,
            )
            started = cloud.up(options, steps.update)
    except CloudError as error:
        raise click.ClickException(str(error)) from None
    if not started:
        click.echo("It was already up.", err=True)
    status = read_status(cloud.state_dir)
    _print_table(status)
    _call_example(status)
    if notice := change_notice(status):
        click.echo(notice, err=True)


@local.command()
@home_option
def down(home: Path) -> None:
    """Stop all processes that `up` started. Can be repeated."""
    from localcloud.cloud import Cloud, CloudError
    from scripts.console.steps import waiting

    try:
        with waiting("Stopping the local cloud"):
            stopped = Cloud(home).down()
    except CloudError as error:
        raise click.ClickException(str(error)) from None
    click.echo("The local cloud is down." if stopped else "No local cloud was running.")


@local.command()
@home_option
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(home: Path, style: str) -> None:
    """Show the status of all components.

    Exits with 0 if all are ready, with 4 if one is not, with 3 if the local cloud is down, and with 1 if its
    state can't be read.
    """
    from localcloud.incompatible_state import IncompatibleStateError
    from localcloud.status import read_status

    try:
        found = read_status(StateDir(home.resolve()))
    except IncompatibleStateError as error:
        raise click.ClickException(str(error)) from None
    if style == "json":
        document = {"up": found.is_up, "url": found.url, **dataclasses.asdict(found)}
        click.echo(json.dumps(document, indent=2))
    else:
        _print_table(found)
    raise SystemExit(0 if found.is_up else DEGRADED if found.identity else DOWN)


@local.command(epilog="Example: iris local logs --follow i-0a1b2c3d4e5f60718 firewall")
@home_option
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines, until Ctrl-C.")
@click.option(
    "--lines",
    type=click.IntRange(0, 1_000_000),
    default=20,
    show_default=True,
    help="Number of lines of each log to begin with.",
)
@click.argument("names", nargs=-1, metavar="[INSTANCE|COMPONENT]...")
def logs(home: Path, follow: bool, lines: int, names: tuple[str, ...]) -> None:  # noqa: FBT001 - click's
    """Print the logs of instances and components: all but `localstack`, or those of some names.

    LocalStack logs each request to the AWS API, several a second. Each line begins with the name of its
    process. The logs stay until the next start. Exits with 0 on Ctrl-C.
    """
    from scripts.local.logs import LogFolder, UnknownLogError

    folder = LogFolder(StateDir(home.resolve()).logs, names)
    try:
        folder.check_names()
        for line in folder.lines(lines, follow=follow):
            click.echo(line)
    except UnknownLogError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        # The only end of following logs is no failure of it.
        return


@local.command(name="lose-zone", epilog="Example: iris local lose-zone us-east-1a")
@home_option
@click.argument("zone")
def lose_zone_command(home: Path, zone: str) -> None:
    """Kill the instances and the load balancer of an Availability Zone, and start none there.

    Auto Scaling replaces the instances in the other zones. `iris local restore-zone` and `make up` end it.
    """
    from localcloud.controller.zone_failure import ZoneError, lose_zone

    try:
        killed = lose_zone(StateDir(home.resolve()), zone)
    except ZoneError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{zone} is lost, with {killed} processes.")


@local.command(name="restore-zone", epilog="Example: iris local restore-zone us-east-1a")
@home_option
@click.argument("zone")
def restore_zone_command(home: Path, zone: str) -> None:
    """Start the load balancer and instances of a lost Availability Zone again."""
    from localcloud.controller.zone_failure import ZoneError, restore_zone

    try:
        restore_zone(StateDir(home.resolve()), zone)
    except ZoneError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{zone} is back.")


@local.command()
@home_option
def firewall(home: Path) -> None:
    """Show the rules of the firewall with their counts, and the latest requests that they matched.

    The counts are those since the firewall's process started.
    """
    from rich.table import Table

    from localcloud.load_balancer.firewall.files import FirewallFiles
    from scripts.console.terminal import Terminal
    from scripts.local.firewall_report import latest_requests, rule_rows

    files = FirewallFiles(StateDir(home.resolve()).firewall)
    rules = Table("rule", "allowed", "blocked", "counted", "", box=None)
    try:
        for row in rule_rows(files):
            rules.add_row(*row)
    except FileNotFoundError:
        raise click.ClickException(f"no firewall runs in {home}; `make up` starts one") from None
    console = Terminal()
    console.print(rules, "")
    for request in latest_requests(files):
        # Plain text: a request may contain what a console would interpret.
        click.echo("  " + "  ".join(part if part.isprintable() else repr(part) for part in request))


@local.command()
@home_option
def env(home: Path) -> None:
    """Print the environment variables of the AWS API: its address, region and access key.

    `eval "$(make -s env)"` sets them; then `aws s3 ls` lists the buckets of the local cloud.

    They are valid until `down`, because each cloud has its own key. With them, all SDKs and Pulumi use the
    local cloud instead of AWS; a new shell uses AWS again.
    """
    # A session token of an earlier login would be sent with every request.
    variables = _running_api(home).environment()
    click.echo("unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@local.command(name="stack-file")
@home_option
def stack_file_command(home: Path) -> None:
    """Print a stack file with the endpoints of the local cloud, for `pulumi up -s local`.

    `iris local stack-file > Pulumi.local.yaml` writes it. The access key is in the environment that `iris
    local env` prints.
    """
    from scripts.local.stack_file import stack_file

    click.echo(stack_file(_running_api(home)), nl=False)


def _running_api(home: Path) -> Api:
    """Return the AWS API of the local cloud that runs in a folder."""
    from localcloud import processes
    from localcloud.aws.credentials import CredentialsError
    from localcloud.environment import Identity
    from localcloud.incompatible_state import IncompatibleStateError

    cloud_processes = processes.find(home.resolve())
    if not cloud_processes:
        raise click.ClickException(f"no local cloud runs in {home}; `make up` starts one")
    try:
        return Identity.from_environment(cloud_processes[0].environment).api
    except (CredentialsError, IncompatibleStateError) as error:
        raise click.ClickException(str(error)) from None


def _print_table(status: Status) -> None:
    from rich.table import Table

    from scripts.console.terminal import Terminal

    console = Terminal()
    if status.identity is None:
        console.print("The local cloud is down.")
    else:
        # Plain text, for copying and for scripts.
        click.echo(f"URL {status.url or '-'}")
        if status.function and status.function.url != status.url:
            # The links of its page are relative to the stage, which ends with a slash.
            click.echo(f"Function URL {status.function.url}/")
        click.echo(f"AWS API {status.identity.endpoint} (stack {status.identity.stack})")
        components = Table("component", "process", "answers", box=None)
        for part in status.parts:
            name = f"{part.role} {part.zone}".rstrip()
            components.add_row(name, str(part.pid or "-"), _yes_or_no(part.answers))
        console.print(components, "")
        if status.instances:
            console.print(_instance_table(status), "")
        if status.function:
            console.print(_function_table(status.function), "")
    if status.events:
        console.print("latest events", style="bold")
        for event in status.events:
            console.print(f"  {event.time[11:23]}  {event.what}", soft_wrap=True)


def _instance_table(status: Status) -> Table:
    from rich.table import Table

    table = Table("instance", "zone", "process", "target health", "/readyz", box=None)
    for instance in status.instances:
        pid = str(instance.pid or "-")
        table.add_row(instance.id, instance.zone or "-", pid, instance.health, _yes_or_no(instance.ready))
    return table


def _function_table(function: FunctionStatus) -> Table:
    from rich.table import Table

    table = Table("function", "alias", "version", "warm processes", "answers", box=None)
    warm = ", ".join(map(str, function.warm)) or "-"
    table.add_row(function.name, function.alias, function.version, warm, _yes_or_no(function.ready))
    return table


def _yes_or_no(answer: bool) -> Text:  # noqa: FBT001 - its only parameter
    from rich.text import Text

    return Text("yes", "green") if answer else Text("no", "red")


def _call_example(status: Status) -> None:
    """Send an example request and print the response."""
    import httpx

    from localcloud.health_probe import NO_CERTIFICATES

    if status.url is None:
        return
    url = status.url + QUERY_PATH
    try:
        answer = httpx.get(url, trust_env=False, timeout=30, verify=NO_CERTIFICATES).raise_for_status()
    except httpx.HTTPError as error:
        raise click.ClickException(f"The local cloud is up, but {url} fails: {error}") from None
    click.echo(f"\ncurl '{url}'\n{answer.text}")
