"""`iris prices`: renewal of the price snapshot."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from scripts.console.options import table_format_option

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from rich.progress import TaskID

    from localcloud.aws.client_factory import ClientFactory
    from scripts.cost.prices.refresh import MarketPriceSource, PriceList, RefreshResult
    from scripts.cost.prices.snapshot_writer import PriceChange

CONNECT_SECONDS: Final = 10
"""Timeout of a connection to AWS, in seconds."""

SHOWN: Final = 40
"""Maximum number of changes of a kind that are shown; of more, the largest ones."""

EXAMPLES: Final = """\b
Examples:
  iris prices refresh --dry-run              the changes only; from AWS's API if there are credentials
  iris prices refresh --from files           from the public offer files, without credentials
  iris prices refresh --region eu-west-1     one region only
"""


@click.group()
def prices() -> None:
    """Renew the prices that `iris cost` uses."""


@prices.command(epilog=EXAMPLES)
@click.option("--region", "regions", multiple=True, help="Only this region; may be repeated.  [default: all]")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["auto", "api", "files"]),
    default="auto",
    show_default=True,
    help="api = AWS's Price List, spot market, Savings Plans and instance types, with credentials; files = "
    "the public offer files, list prices only; auto = the API if there are credentials, otherwise the files.",
)
@click.option("--files-url", help="URL of the offer files.  [default: AWS's own]")
@click.option("--dry-run", is_flag=True, help="Show the changes without writing them.")
@table_format_option
def refresh(
    regions: tuple[str, ...],
    origin: str,
    files_url: str | None,
    dry_run: bool,  # noqa: FBT001 (click passes it by name)
    form: str,
) -> None:
    """Look up today's prices and bandwidths, check them, show the changes, and write them to the snapshot.

    Each price must belong to exactly one product and be above zero; an instance's price must be proportional
    to its size. An item without a product keeps its old price and date, and is reported. The API requires
    credentials that may call pricing:GetProducts, ec2:DescribeSpotPriceHistory, ec2:DescribeInstanceTypes and
    savingsplans:DescribeSavingsPlansOfferingRates. EC2's offer files have hundreds of megabytes per region.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from scripts.cost.prices.price_list import PriceListError
    from scripts.cost.prices.refresh import refresh as look_up
    from scripts.cost.prices.snapshot import DATA, SnapshotError, UnknownNameError, load_snapshot
    from scripts.cost.prices.snapshot_writer import write

    if files_url and origin != "files":
        raise click.UsageError("--files-url requires --from files.")
    try:
        snapshot = load_snapshot()
        chosen = [snapshot.region(name).name for name in regions] or list(snapshot.regions)
        with _price_sources(origin, files_url, len(chosen)) as (price_list, market):
            found = look_up(price_list, market, chosen, DATA)
        _show(found, form)
        if not dry_run:
            write(found.files, DATA)
            click.echo(f"Wrote {DATA}.", err=True)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"AWS can't be called: {error} Nothing was written.") from error
    except (UnknownNameError, PriceListError, SnapshotError) as error:
        raise click.ClickException(f"{error} Nothing was written.") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write {DATA}: {error.strerror}.") from error


@contextmanager
def _price_sources(
    origin: str, files_url: str | None, count: int
) -> Generator[tuple[PriceList, MarketPriceSource | None]]:
    """Yield the sources of the prices: the API, or the offer files with a progress bar."""
    from scripts.console.steps import waiting

    clients_of_region = None if origin == "files" else _clients_of_region(required=origin == "api")
    if clients_of_region:
        from datetime import UTC, datetime

        from scripts.cost.prices.price_list import REGION
        from scripts.cost.prices.pricing_api import ApiMarket, ApiPriceList

        with waiting(f"Requesting the prices of {count} regions from AWS"):
            yield (
                ApiPriceList(clients_of_region(REGION)("pricing")),
                ApiMarket(clients_of_region, datetime.now(UTC)),
            )
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn

    from scripts.console.progress import ReportedProgress
    from scripts.cost.prices.bulk_offer_files import BASE, OfferFiles

    click.echo("Reading the public offer files; spot prices stay unchanged.", err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with ReportedProgress(*columns) as progress:
        files = defaultdict[str, "TaskID"](lambda: progress.add_task(""))

        def on_progress(name: str, done: int, whole: int | None) -> None:
            progress.update(files[name], description=name, completed=done, total=whole)

        yield OfferFiles(files_url or BASE, on_progress), None


def _clients_of_region(*, required: bool) -> Callable[[str], ClientFactory] | None:
    """Return a function of a region that returns its clients; None if there are no credentials.

    Args:
        required: Return the function without credentials, too; then each call fails.
    """
    from botocore.config import Config

    from scripts.aws.clients import clients_of_region, environment_session

    session = environment_session()
    if not required and session.get_credentials() is None:
        return None
    config = Config(connect_timeout=CONNECT_SECONDS, retries={"mode": "standard"})
    return partial(clients_of_region, session=session, config=config)


def _show(found: RefreshResult, form: str) -> None:
    if form == "json":
        content = {key: value for key, value in asdict(found).items() if key != "files"}
        click.echo(json.dumps(content, indent=2))
        return
    by_kind: defaultdict[str, list[PriceChange]] = defaultdict(list)
    for change in found.changes:
        by_kind[change.kind].append(change)
    for kind, changes in by_kind.items():
        shown = sorted(changes, key=_size, reverse=True)[:SHOWN] if len(changes) > SHOWN else changes
        for it in shown:
            unit = "Gbit/s" if kind == "bandwidth" else "USD"
            click.echo(f"{kind}: {it.what} in {it.region}: {it.before or 'unknown'} -> {it.after} {unit}")
        if len(shown) < len(changes):
            click.echo(f"{kind}: {len(changes) - len(shown)} smaller changes; `--format json` has all.")
    click.echo(f"{len(found.changes)} prices changed.")
    _print_names("Not found, and left unchanged", found.unknown)
    _print_names("Doubtful: a Savings Plan has another price", found.discrepancies)
    _print_names("Not looked up, and left unchanged", found.not_queried)


def _print_names(what: str, names: Sequence[str]) -> None:
    if names:
        click.echo(f"{what}: {', '.join(names)}.", err=True)


def _size(change: PriceChange) -> float:
    """Return the relative change of a price; a new one counts as infinite."""
    if not change.before:
        return math.inf
    before, after = (float(it.partition(" / ")[0]) for it in (change.before, change.after))
    return abs(after / before - 1)
