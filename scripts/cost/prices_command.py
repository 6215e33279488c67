"""`iris prices`: what the price snapshot holds, and how to renew it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from scripts.cost.refresh import Refreshed


@click.group()
def prices() -> None:
    """Renew the prices that `iris cost` works with."""


@prices.command()
@click.option("--region", "regions", multiple=True, help="Only this one; may be repeated.  [default: all]")
@click.option("--dry-run", is_flag=True, help="Show the difference, write nothing.")
def refresh(regions: tuple[str, ...], dry_run: bool) -> None:  # noqa: FBT001 (click passes it by name)
    """Look up today's list prices, check them, show what changed, and write them into the snapshot.

    Asks AWS's Price List API, which takes credentials that may call pricing:GetProducts. What the list does
    not know keeps its old figure and date, and is told. Spot and reserved prices are not renewed.
    """
    import boto3.session
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from scripts.cost.nearest import UnknownNameError
    from scripts.cost.price_list import REGION, PriceListError
    from scripts.cost.prices import DATA, SnapshotError, load
    from scripts.cost.refresh import ApiPriceList, write
    from scripts.cost.refresh import refresh as look_up

    try:
        snapshot = load()
        chosen = [snapshot.region(name).name for name in regions] or list(snapshot.regions)
        # boto3 makes its clients' methods as it runs.
        client = cast("Any", boto3.session.Session()).client("pricing", region_name=REGION)
        with Console(stderr=True).status(f"Asking for the prices of {len(chosen)} regions"):
            found = look_up(ApiPriceList(client), chosen, DATA)
        _show(found)
        if not dry_run:
            write(found, DATA)
            click.echo(f"Wrote {DATA}.")
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"The Price List API can't be asked: {error}") from error
    except (UnknownNameError, PriceListError, SnapshotError) as error:
        raise click.ClickException(f"{error} Nothing was written.") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write {DATA}: {error.strerror}.") from error


def _show(found: Refreshed) -> None:
    for change in found.changes:
        click.echo(f"{change.what} in {change.region}: {change.before or 'unknown'} -> {change.after} USD")
    click.echo(f"{len(found.changes)} prices changed.")
    if found.unknown:
        click.echo(f"Unknown to the list, and left as they are: {', '.join(found.unknown)}.", err=True)
