"""`iris prices`: how to renew the price snapshot."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from rich.progress import TaskID

    from scripts.cost.prices.refresh import Market, PriceList, Refreshed
    from scripts.cost.prices.snapshot_writer import Change

CONNECT_SECONDS: Final = 10
"""Time to reach AWS."""

SHOWN: Final = 40
"""Changes of a kind that are shown one by one; of more, those that changed most."""

EXAMPLES: Final = """\b
Examples:
  iris prices refresh --dry-run              what would change; asks AWS's API where it has credentials
  iris prices refresh --from files           from the public offer files, without credentials
  iris prices refresh --region eu-west-1     one region alone
"""


@click.group()
def prices() -> None:
    """Renew the prices that `iris cost` works with."""


@prices.command(epilog=EXAMPLES)
@click.option("--region", "regions", multiple=True, help="Only this one; may be repeated.  [default: all]")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["auto", "api", "files"]),
    default="auto",
    show_default=True,
    help="api = AWS's Price List, spot market and Savings Plans, with credentials; files = the public offer "
    "files, list prices alone; auto = the API where there are credentials.",
)
@click.option("--files-url", help="Where the offer files are.  [default: AWS's own address]")
@click.option("--dry-run", is_flag=True, help="Show the difference, write nothing.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def refresh(
    regions: tuple[str, ...],
    origin: str,
    files_url: str | None,
    dry_run: bool,  # noqa: FBT001 (click passes it by name)
    form: str,
) -> None:
    """Look up today's prices, check them, show what changed, and write them into the snapshot.

    Each price has to be one product's, above zero, and an instance's in line with its size. What has no
    product keeps its old figure and date, and is told. The API takes credentials that may call
    pricing:GetProducts, ec2:DescribeSpotPriceHistory and savingsplans:DescribeSavingsPlansOfferingRates.
    EC2's offer files have hundreds of megabytes for each region.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from scripts.cost.prices.nearest import UnknownNameError
    from scripts.cost.prices.price_list import PriceListError
    from scripts.cost.prices.refresh import refresh as look_up
    from scripts.cost.prices.snapshot import DATA, SnapshotError, load
    from scripts.cost.prices.snapshot_writer import write

    if files_url and origin != "files":
        raise click.UsageError("--files-url goes with --from files.")
    try:
        snapshot = load()
        chosen = [snapshot.region(name).name for name in regions] or list(snapshot.regions)
        with _asked(origin, files_url, len(chosen)) as (price_list, market):
            found = look_up(price_list, market, chosen, DATA)
        _show(found, form)
        if not dry_run:
            write(found.files, DATA)
            click.echo(f"Wrote {DATA}.", err=True)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"AWS can't be asked: {error} Nothing was written.") from error
    except (UnknownNameError, PriceListError, SnapshotError) as error:
        raise click.ClickException(f"{error} Nothing was written.") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write {DATA}: {error.strerror}.") from error


@contextmanager
def _asked(origin: str, files_url: str | None, count: int) -> Generator[tuple[PriceList, Market | None]]:
    """Choose whom to ask, and show how far it is."""
    from rich.console import Console

    console = Console(stderr=True)
    client = None if origin == "files" else _clients(required=origin == "api")
    if client:
        from datetime import UTC, datetime

        from scripts.cost.prices.price_list import REGION
        from scripts.cost.prices.pricing_api import ApiMarket, ApiPriceList

        with console.status(f"Asking AWS for the prices of {count} regions"):
            yield ApiPriceList(client("pricing", REGION)), ApiMarket(client, datetime.now(UTC))
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from scripts.cost.prices.bulk_offer_files import BASE, OfferFiles

    click.echo("Reading the public offer files; spot prices stay as they are.", err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        files = defaultdict[str, "TaskID"](lambda: progress.add_task(""))

        def told(name: str, done: int, whole: int | None) -> None:
            progress.update(files[name], description=name, completed=done, total=whole)

        yield OfferFiles(files_url or BASE, told), None


def _clients(*, required: bool) -> Callable[[str, str], Any] | None:
    """Return what makes clients of services; None where there are no credentials and none are required."""
    import boto3.session
    from botocore.config import Config

    session = cast("Any", boto3.session.Session())
    if not required and session.get_credentials() is None:
        return None
    config = Config(connect_timeout=CONNECT_SECONDS, retries={"mode": "standard"})

    def client(service: str, region: str) -> Any:  # noqa: ANN401 (boto3 makes its clients' methods as it runs)
        return session.client(service, region_name=region, config=config)

    return client


def _show(found: Refreshed, form: str) -> None:
    if form == "json":
        content = {key: value for key, value in asdict(found).items() if key != "files"}
        click.echo(json.dumps(content, indent=2))
        return
    by_kind: defaultdict[str, list[Change]] = defaultdict(list)
    for change in found.changes:
        by_kind[change.kind].append(change)
    for kind, changes in by_kind.items():
        shown = sorted(changes, key=_size, reverse=True)[:SHOWN] if len(changes) > SHOWN else changes
        for it in shown:
            click.echo(f"{kind}: {it.what} in {it.region}: {it.before or 'unknown'} -> {it.after} USD")
        if len(shown) < len(changes):
            click.echo(f"{kind}: {len(changes) - len(shown)} smaller changes; `--format json` has all.")
    click.echo(f"{len(found.changes)} prices changed.")
    _tell("Without an answer, and left as they are", found.unknown)
    _tell("Doubtful: a Savings Plan costs something else", found.doubts)
    _tell("Not asked for, and left as they are", found.not_asked)


def _tell(what: str, names: Sequence[str]) -> None:
    if names:
        click.echo(f"{what}: {', '.join(names)}.", err=True)


def _size(change: Change) -> float:
    """Say how much a price changed, as a share; one that is new changed most of all."""
    if not change.before:
        return math.inf
    before, after = (float(it.partition(" / ")[0]) for it in (change.before, change.after))
    return abs(after / before - 1)
