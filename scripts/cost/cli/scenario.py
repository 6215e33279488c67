"""Scenario that the options of `iris cost` describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.cli.assumption_values import read_assumptions
from scripts.cost.cli.modes import RESOURCES
from scripts.cost.cli.options import CLOUDWATCH
from scripts.cost.cli.printing import warn
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.demand_file import read_csv
from scripts.cost.demand.weekly_demand import Demand, DemandError
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.stack_bill import STACK_VALUES
from scripts.program.run import DEFAULT_REGION

if TYPE_CHECKING:
    from scripts.cost.cli.modes import Mode
    from scripts.cost.cli.options import CostOptions


def build_scenario(options: CostOptions, mode: Mode) -> Scenario:
    """Read demand, capacity and prices; return the scenario.

    Raises:
        UnknownNameError: the price snapshot lacks the region.
        DemandError: the demand can't be read.
        CapacityError: the measurement can't be read.
        SnapshotError: the price snapshot can't be read.
        ClickException: CloudWatch can't be called.
    """
    shared = SharedServices(zones=options.zones, web_acls=int(not options.no_firewall))
    return Scenario(
        demand=_read_demand(options),
        capacity=read_capacity(options.capacity_file) if options.capacity_file else read_capacity(),
        prices=project_snapshot().region(options.region or DEFAULT_REGION),
        assumptions=read_assumptions(
            options.assumption_file,
            options.assumed,
            free_tier=options.free_tier,
            fixed=STACK_VALUES if mode in RESOURCES else (),
        ),
        shape=_fleet_shape(options, shared),
        function=FunctionShape(
            memory_mb=options.function_memory_mb, access_log=not options.no_access_logs, shared=shared
        ),
        minimum_memory_gib=options.minimum_memory_gib,
        families=options.families,
    )


def _fleet_shape(options: CostOptions, shared: SharedServices) -> FleetShape:
    return FleetShape(
        instance_type=options.instance_type,
        policy=SizingPolicy(
            target_utilisation=options.target_utilisation_percent / 100,
            zones=options.zones,
            minimum=options.minimum_instances,
        ),
        purchase=PurchaseOptions(commitment=options.commitment, spot_percent=options.spot_percent),
        unlimited_credits=not options.standard_credits,
        access_log=not options.no_access_logs,
        connection_log=not options.no_access_logs,
        shared=shared,
    )


def _read_demand(options: CostOptions) -> Demand:
    today = Demand(
        rates=_hourly_rates(options),
        request_bytes=options.request_bytes,
        response_bytes=options.response_bytes,
    )
    return today.after_growth(options.growth, options.months_of_growth)


def _hourly_rates(options: CostOptions) -> tuple[float, ...]:
    if options.demand_source is not None:
        scheme, colon, stack = options.demand_source.partition(":")
        if scheme == CLOUDWATCH and colon:
            return _cloudwatch_rates(stack, options.region or DEFAULT_REGION)
        return read_csv(Path(options.demand_source))
    if options.peak_factor == 1:
        return weekly_demand.constant(options.rate)
    return weekly_demand.diurnal_with_peak(options.rate, options.peak_factor)


def _cloudwatch_rates(stack: str, region: str) -> tuple[float, ...]:
    from datetime import UTC, datetime

    from botocore.exceptions import BotoCoreError, ClientError

    from localcloud.provisioning.pulumi_project import StackConfigError, short_name, stack_file
    from scripts.aws.clients import clients_of_region
    from scripts.console.steps import waiting
    from scripts.cost.demand.cloudwatch import read_week
    from scripts.local.local import PROJECT
    from scripts.program.stack_values import read_aws_settings

    if not stack:
        raise DemandError("--demand cloudwatch:STACK takes the name of a stack.")
    try:
        with waiting(f"Reading the requests of {stack} from CloudWatch"):
            clients = (
                read_aws_settings(PROJECT, stack).clients
                if stack_file(PROJECT, stack).exists()
                else clients_of_region(region)
            )
            week = read_week(clients, short_name(stack), datetime.now(UTC))
    except StackConfigError as error:
        raise DemandError(f"{error}.") from None
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"CloudWatch can't be read: {error}") from error
    if week.missing_hours:
        warn(
            f"CloudWatch has no data for {len(week.missing_hours)} hours, the first of them "
            f"{week.missing_hours[0]:%Y-%m-%d %H:%M} UTC; they count as no requests."
        )
    return week.rates
