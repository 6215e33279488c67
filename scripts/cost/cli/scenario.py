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
from scripts.cost.demand.measured_usage import measured_assumptions, measured_response_bytes, week_warnings
from scripts.cost.demand.weekly_demand import Demand, DemandError
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.stack_bill import STACK_VALUES
from scripts.program.resources import DEFAULT_REGION

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.cli.modes import Mode
    from scripts.cost.cli.options import CostOptions
    from scripts.cost.demand.cloudwatch import MeasuredUsage, MeasuredWeek


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
    capacity = read_capacity(options.capacity_file) if options.capacity_file else read_capacity()
    week = _read_cloudwatch(options)
    usage = week.usage if week else None
    assumptions = read_assumptions(
        options.assumption_file,
        options.assumed,
        free_tier=options.free_tier,
        fixed=STACK_VALUES if mode in RESOURCES else (),
        measured=measured_assumptions(usage, capacity.with_payload(*_message_bytes(options, usage)))
        if usage
        else None,
    )
    return Scenario(
        demand=_read_demand(options, week, assumptions),
        capacity=capacity,
        prices=project_snapshot().region(options.region or DEFAULT_REGION),
        assumptions=assumptions,
        shape=_fleet_shape(options, shared),
        function=FunctionShape(
            memory_mb=options.function_memory_mb,
            access_log=not options.no_access_logs,
            commitment=options.commitment,
            shared=shared,
        ),
        minimum_memory_gib=options.minimum_memory_gib,
        families=options.families,
        measured=usage,
    )


def _fleet_shape(options: CostOptions, shared: SharedServices) -> FleetShape:
    return FleetShape(
        instance_type=options.instance_type or "",
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


def _read_demand(options: CostOptions, week: MeasuredWeek | None, assumptions: Assumptions) -> Demand:
    sent, received = _message_bytes(options, week.usage if week else None)
    units = None
    if week:
        usage = week.usage
        # The measured units are those of the measured requests.
        are_measured = (
            options.request_bytes is None
            and options.response_bytes is None
            and assumptions.requests_per_connection == usage.requests_per_connection
        )
        units = usage.capacity_units_per_request if are_measured else None
    today = Demand(
        rates=week.rates if week else _hourly_rates(options),
        request_bytes=sent,
        response_bytes=received,
        capacity_units_per_request=units,
    )
    return today.after_growth(options.growth, options.months_of_growth)


def _message_bytes(options: CostOptions, usage: MeasuredUsage | None) -> tuple[int, int]:
    """Return the sizes of a request and of a response: as given, as measured, or the defaults."""
    sent = options.request_bytes or Demand.request_bytes
    if options.response_bytes is None and usage:
        return sent, measured_response_bytes(usage, sent) or Demand.response_bytes
    return sent, options.response_bytes or Demand.response_bytes


def _hourly_rates(options: CostOptions) -> tuple[float, ...]:
    if options.demand_source is not None:
        return read_csv(Path(options.demand_source))
    if options.peak_factor == 1:
        return weekly_demand.constant(options.rate)
    return weekly_demand.diurnal_with_peak(options.rate, options.peak_factor)


def _read_cloudwatch(options: CostOptions) -> MeasuredWeek | None:
    """Read the week of the stack that `--demand` names; None if it names a file, or nothing."""
    scheme, colon, stack = (options.demand_source or "").partition(":")
    if scheme != CLOUDWATCH or not colon:
        return None
    week = _cloudwatch_week(stack, options.region or DEFAULT_REGION)
    for text in week_warnings(week):
        warn(text.text(options.language), options.language)
    return week


def _cloudwatch_week(stack: str, region: str) -> MeasuredWeek:
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
            return read_week(clients, short_name(stack), datetime.now(UTC))
    except StackConfigError as error:
        raise DemandError(f"{error}.") from None
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"CloudWatch can't be read: {error}") from error
