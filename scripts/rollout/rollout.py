"""`iris rollout`: gradual release of the latest version to the function and the fleet."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from localcloud.state_dir import StateDir
from scripts.console.options import FiniteRange, format_option
from scripts.local.home_option import PROJECT, home_option
from scripts.rollout.rollout_plan import STRATEGIES, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from scripts.rollout.alarm_watch import AlarmWatch
    from scripts.rollout.deployed_stack import DeployedStack
    from scripts.rollout.fleet_rollout import FleetRollout
    from scripts.rollout.function_rollout import FunctionRollout
    from scripts.rollout.rollout_plan import RolloutPlan, Strategy
    from scripts.rollout.rollout_result import RolloutResult, Shape

SHAPES: Final[tuple[Shape, ...]] = ("function", "fleet")
"""Shapes of a stack, in the order in which they are released."""

EXAMPLES: Final = """\b
Examples:
  iris rollout                                                 what has changed, to the local cloud
  iris rollout --archive "$(iris pack --target local)"         an archive, to the local fleet
  iris rollout --stack prod --strategy linear --step 20        stack on AWS
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RolloutOptions:
    """Plan, timeouts and exceptions of a roll-out."""

    plan: RolloutPlan
    warmup: int | None
    give_up_after: float
    despite_alarms: bool
    take_over: bool


@click.command(epilog=EXAMPLES)
@home_option
@click.option("--stack", "stack_name", help="Pulumi stack on AWS to release to, instead of the local cloud.")
@click.option("--only", type=click.Choice(SHAPES), help="Shape to release to, if the stack has both.")
@click.option(
    "--archive",
    "archives",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Archive of `iris pack` to publish first, for the shape that it was packed for. May be repeated.",
)
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    default="canary",
    show_default=True,
    help="canary: a first share, then everything. linear: equal steps.",
)
@click.option(
    "--step",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="First share of a canary, or each step of a linear roll-out, in percent.",
)
@click.option(
    "--interval",
    type=FiniteRange(0, 86_400),
    help="Seconds for which the alarms are watched after each step.  [default: on AWS as long as the slowest "
    "alarm needs to go off, 5 on the local cloud]",
)
@click.option(
    "--warmup",
    type=click.IntRange(0, 3_600),
    help="Seconds after its start before an instance counts.  [default: that of the group; 2 on the local "
    "cloud]",
)
@click.option(
    "--give-up-after",
    type=FiniteRange(1, 86_400),
    help="Seconds without progress after which the fleet is rolled back.  [default: 1800 on AWS, 60 on the "
    "local cloud]",
)
@click.option(
    "--despite-alarms", is_flag=True, help="Ignore the alarms that are on already, and watch the others."
)
@click.option("--take-over", is_flag=True, help="Undo an interrupted roll-out of the function first.")
@click.option(
    "--latest", is_flag=True, help="Release the latest version of the stack, as on AWS; pack nothing."
)
@click.option("--dry-run", is_flag=True, help="Print the plan, and change nothing.")
@format_option
def rollout(  # noqa: PLR0913 - one for each option
    *,
    home: Path,
    stack_name: str | None,
    only: Shape | None,
    archives: tuple[Path, ...],
    strategy: Strategy,
    step: int,
    interval: float | None,
    warmup: int | None,
    give_up_after: float | None,
    despite_alarms: bool,
    take_over: bool,
    latest: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Release a new version gradually, and roll it back if an alarm goes off.

    The function's alias sends a share of the requests to the new version, then all of them. The fleet's
    instances are replaced in the same shares, and no instance ends before its replacement serves. All alarms
    of the stack are watched throughout. If one goes off, if AWS can't be reached, or on Ctrl-C, the old
    version serves everything again, and the exit status is 1.

    On AWS, the version to release is the latest one that Pulumi has created, or an archive of `iris pack`. On
    the local cloud, predictors and the service are packed anew if they have changed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from scripts.rollout.alarm_timing import LOCAL_WARMUP, seconds_to_give_up
    from scripts.rollout.rollout_result import RolloutError

    results: list[RolloutResult] = []
    try:
        stack = _find_stack(home, stack_name)
        shapes = _selected_shapes(stack, only)
        if archives and latest:
            raise click.UsageError("--archive and --latest can't be combined.")
        by_shape = _archives_by_shape(archives, shapes)
        if stack.is_local and not (archives or latest or take_over):
            by_shape = _pack_changes(stack, shapes, StateDir(home.resolve()))
        options = RolloutOptions(
            plan=make_plan(strategy, step, _interval(stack, interval)),
            warmup=LOCAL_WARMUP if warmup is None and stack.is_local else warmup,
            give_up_after=seconds_to_give_up(give_up_after, is_local=stack.is_local),
            despite_alarms=despite_alarms,
            take_over=take_over,
        )
        if dry_run:
            _print_plan(stack, shapes, by_shape, options.plan, form)
            return
        for result in _release(stack, shapes, by_shape, options):
            results.append(result)
            if form == "text" and result.succeeded:
                click.echo(result)
    except (RolloutError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        if form == "json" and results:
            click.echo(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    if failed := [result for result in results if not result.succeeded]:
        raise click.ClickException(str(failed[0]))


def _find_stack(home: Path, stack_name: str | None) -> DeployedStack:
    from scripts.rollout.deployed_stack import find_aws_stack, find_local_stack

    if stack_name:
        return find_aws_stack(stack_name, PROJECT, lambda text: click.echo(text, err=True))
    return find_local_stack(StateDir(home.resolve()))


def _interval(stack: DeployedStack, requested: float | None) -> float:
    """Return the seconds to watch after each step; warn if no alarm can go off in the requested ones."""
    from scripts.rollout.alarm_timing import LOCAL_INTERVAL
    from scripts.rollout.alarm_watch import AlarmWatch

    if stack.is_local:
        return LOCAL_INTERVAL if requested is None else requested
    needed = float(AlarmWatch(stack.clients("cloudwatch"), stack.alarms).seconds_to_alarm())
    if requested is None:
        return needed
    if requested < needed:
        click.echo(
            f"Warning: an interval of {requested:.0f} s is over before the slowest alarm can go off, "
            f"which takes {needed:.0f} s",
            err=True,
        )
    return requested


def _selected_shapes(stack: DeployedStack, only: Shape | None) -> list[Shape]:
    from scripts.rollout.rollout_result import RolloutError

    present: list[Shape] = [shape for shape in SHAPES if getattr(stack, shape)]
    if only is None:
        return present
    if only not in present:
        raise RolloutError(f"the stack has no {only}, only a {present[0]}")
    return [only]


def _archives_by_shape(archives: tuple[Path, ...], shapes: list[Shape]) -> dict[Shape, Path]:
    """Return the archive for each shape; check all of them before anything is changed."""
    from scripts.rollout.publish import archive_shape
    from scripts.rollout.rollout_result import RolloutError

    by_shape: dict[Shape, Path] = {}
    for archive in archives:
        shape = archive_shape(archive)
        if shape not in shapes:
            raise RolloutError(f"{archive} is packed for a {shape}, which is not released here")
        if shape in by_shape:
            raise RolloutError(f"{by_shape[shape]} and {archive} are both for the {shape}")
        by_shape[shape] = archive
    return by_shape


def _pack_changes(stack: DeployedStack, shapes: list[Shape], state_dir: StateDir) -> dict[Shape, Path]:
    """Return the archive for each shape of the local cloud; pack what has changed since it was packed.

    A fleet that is being refreshed is left out, so that its refresh is watched.
    """
    from localcloud.status import read_status
    from scripts.packaging.pack import ARCHIVES, archive_for
    from scripts.rollout.unreleased import LOCAL_TARGETS, changes_sentence, unreleased_shapes
    from scripts.training.train import PREDICTORS

    is_refreshed = stack.fleet is not None and stack.fleet.current_refresh() is not None
    packed: list[Shape] = [shape for shape in shapes if not (shape == "fleet" and is_refreshed)]
    if set(packed) & set(unreleased_shapes(stack, PREDICTORS, ARCHIVES)):
        click.echo(changes_sentence(read_status(state_dir).url, PREDICTORS), err=True)
    return {shape: archive_for(LOCAL_TARGETS[shape]).path for shape in packed}


def _print_plan(
    stack: DeployedStack, shapes: list[Shape], archives: Mapping[Shape, Path], plan: RolloutPlan, form: str
) -> None:
    releases: list[dict[str, str]] = []
    has_new = False
    for shape in shapes:
        if (released := stack.function if shape == "function" else stack.fleet) is None:
            continue
        archive = archives.get(shape)
        is_serving = archive is not None and _is_serving(released, archive)
        new = released.latest_version() if archive is None else str(archive)
        old = released.serving_version()
        new = old if is_serving else new
        releases.append({"shape": shape, "name": released.name, "from": old, "to": new})
        if (is_serving or archive is None) and released.is_released(new):
            sentence = f"nothing to release; version {new} serves"
        else:
            has_new = True
            sentence = f"from version {old} to {new}"
        if form == "text":
            click.echo(f"{shape} {released.name}: {sentence}")
    if form == "json":
        steps = [dataclasses.asdict(step) for step in plan.steps] if has_new else []
        seconds = plan.seconds if has_new else 0
        click.echo(json.dumps({"shapes": releases, "steps": steps, "seconds": seconds}, indent=2))
        return
    if not has_new:
        return
    for step in plan.steps:
        click.echo(f"  after {step.after:6.0f} s  {step.percent:3} %")
    click.echo(f"  after {plan.seconds:6.0f} s  done")


def _release(
    stack: DeployedStack, shapes: list[Shape], archives: Mapping[Shape, Path], options: RolloutOptions
) -> Generator[RolloutResult]:
    """Release each shape, up to the first that fails."""
    from scripts.console.terminal import Terminal
    from scripts.rollout.alarm_watch import AlarmWatch
    from scripts.rollout.fleet_rollout import RefreshTimeouts

    console = Terminal(stderr=True)
    with _sigterm_as_interrupt(), console.status("Checking the alarms") as status:

        def on_progress(text: str) -> None:
            console.print(text, soft_wrap=True)
            status.update(f"Watching {len(stack.alarms)} alarms")

        if shapes == ["fleet"] and stack.fleet and not stack.fleet.has_healthy_instance():
            # The alarms are on, and have nothing to protect.
            timeouts = RefreshTimeouts(warmup=options.warmup, give_up_after=options.give_up_after)
            new = _new_version(stack, stack.fleet, archives.get("fleet"), on_progress)
            yield stack.fleet.release_at_once(new, on_progress, timeouts)
            return
        watch = AlarmWatch(stack.clients("cloudwatch"), stack.alarms)
        watch.start(despite_alarms=options.despite_alarms)
        for shape in shapes:
            status.update(f"Reading the state of the {shape}")
            result = _release_one(stack, shape, archives.get(shape), options, watch, on_progress)
            yield result
            if not result.succeeded:
                break


def _release_one(
    stack: DeployedStack,
    shape: Shape,
    archive: Path | None,
    options: RolloutOptions,
    watch: AlarmWatch,
    on_progress: Callable[[str], None],
) -> RolloutResult:
    from scripts.rollout.fleet_rollout import RefreshTimeouts
    from scripts.rollout.rollout_result import RolloutError

    if shape == "function" and stack.function:
        new = _new_version(stack, stack.function, archive, on_progress)
        return stack.function.release(new, options.plan, watch, on_progress, take_over=options.take_over)
    if shape == "fleet" and stack.fleet:
        timeouts = RefreshTimeouts(warmup=options.warmup, give_up_after=options.give_up_after)
        new = _new_version(stack, stack.fleet, archive, on_progress)
        return stack.fleet.release(new, options.plan, watch, on_progress, timeouts)
    raise RolloutError(f"the stack has no {shape}")


def _new_version(
    stack: DeployedStack,
    released: FunctionRollout | FleetRollout,
    archive: Path | None,
    on_progress: Callable[[str], None],
) -> str:
    """Return the version to release; publish the archive first, if there is one."""
    from scripts.rollout.publish import publish

    if archive is None:
        return released.latest_version()
    if _is_serving(released, archive):
        return released.serving_version()
    on_progress(f"Publishing {archive.name}")
    return released.publish(publish(stack.clients("s3"), stack.bucket, archive))


def _is_serving(released: FunctionRollout | FleetRollout, archive: Path) -> bool:
    """Return whether the version that serves runs an archive."""
    return released.serving_sha256() == hashlib.sha256(archive.read_bytes()).hexdigest()


@contextmanager
def _sigterm_as_interrupt() -> Generator[None]:
    """Handle SIGTERM like Ctrl-C, so that a terminated roll-out is rolled back, too."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
