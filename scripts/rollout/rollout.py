"""`iris rollout`: one way to release, for the function and the fleet alike."""

from __future__ import annotations

import dataclasses
import json
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from localcloud.state_dir import Layout
from scripts.local.local import PROJECT, home_option
from scripts.rollout.plan import STRATEGIES, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from scripts.rollout.alarms import Watch
    from scripts.rollout.fleet import Fleet
    from scripts.rollout.function import Function
    from scripts.rollout.plan import Plan, Strategy
    from scripts.rollout.result import Outcome, Shape
    from scripts.rollout.stack import Stack

SHAPES: Final[tuple[Shape, ...]] = ("function", "fleet")
"""In this order."""


EXAMPLES: Final = """\b
Examples:
  iris rollout --archive "$(iris pack --target local)"         local fleet
  iris rollout --archive "$(iris pack --target lambda-local)"  local function
  iris rollout --stack prod --strategy linear --step 20        on AWS
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wishes:
    """How a roll-out is to go."""

    plan: Plan
    warmup: int | None
    give_up_after: float
    despite_alarms: bool
    take_over: bool


@click.command(epilog=EXAMPLES)
@home_option
@click.option("--stack", "stack_name", help="A Pulumi stack on AWS, in place of the local cloud.")
@click.option("--only", type=click.Choice(SHAPES), help="Leave the other shape alone, where there are both.")
@click.option(
    "--archive",
    "archives",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Made by `iris pack`; published first, to the shape that it was packed for. May be repeated.",
)
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    default="canary",
    show_default=True,
    help="A first share and then all, or equal steps.",
)
@click.option(
    "--step",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Percent: the first share of a canary, each step of a linear roll-out.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0, 86_400),
    default=60,
    show_default=True,
    help="Seconds for which the alarms are watched after each step.",
)
@click.option(
    "--warmup",
    type=click.IntRange(0, 3_600),
    help="Seconds after its start before an instance counts; by default the group's own.",
)
@click.option(
    "--give-up-after",
    type=click.FloatRange(1, 86_400),
    default=1_800,
    show_default=True,
    help="Seconds without progress after which the fleet is rolled back.",
)
@click.option("--despite-alarms", is_flag=True, help="Go ahead though alarms are on; others still count.")
@click.option("--take-over", is_flag=True, help="Begin again where a roll-out of the function was cut off.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rollout(  # noqa: PLR0913 - one for each option
    *,
    home: Path,
    stack_name: str | None,
    only: Shape | None,
    archives: tuple[Path, ...],
    strategy: Strategy,
    step: int,
    interval: float,
    warmup: int | None,
    give_up_after: float,
    despite_alarms: bool,
    take_over: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Release the newest version bit by bit, and take it back when an alarm goes off.

    The function's alias gives the new version a share of the requests, then all of them; the fleet's
    instances are replaced in the same shares, and none ends before its successor serves. All alarms of the
    stack are watched meanwhile: when one goes off, when nothing can be asked any more, or on Ctrl-C, the old
    version serves everything again, and the exit code is 1.

    What is released is the newest version that Pulumi has made, or an archive of `iris pack`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from scripts.rollout.result import RolloutError

    wishes = Wishes(
        plan=make_plan(strategy, step, interval),
        warmup=warmup,
        give_up_after=give_up_after,
        despite_alarms=despite_alarms,
        take_over=take_over,
    )
    outcomes: list[Outcome] = []
    try:
        stack = _find(home, stack_name)
        shapes = _choose(stack, only)
        by_shape = _sort(archives, shapes)
        if dry_run:
            _show_plan(stack, shapes, by_shape, wishes.plan, form)
            return
        for outcome in _release(stack, shapes, by_shape, wishes):
            outcomes.append(outcome)
            if form == "text" and outcome.is_good:
                click.echo(outcome)
    except (RolloutError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        if form == "json" and outcomes:
            click.echo(json.dumps([dataclasses.asdict(outcome) for outcome in outcomes], indent=2))
    if failed := [outcome for outcome in outcomes if not outcome.is_good]:
        raise click.ClickException(str(failed[0]))


def _find(home: Path, stack_name: str | None) -> Stack:
    from scripts.rollout.stack import find_local, find_on_aws

    return find_on_aws(stack_name, PROJECT) if stack_name else find_local(Layout(home.resolve()))


def _choose(stack: Stack, only: Shape | None) -> list[Shape]:
    from scripts.rollout.result import RolloutError

    present: list[Shape] = [shape for shape in SHAPES if getattr(stack, shape)]
    if only is None:
        return present
    if only not in present:
        raise RolloutError(f"the stack has no {only}, only a {present[0]}")
    return [only]


def _sort(archives: tuple[Path, ...], shapes: list[Shape]) -> dict[Shape, Path]:
    """Find the shape that each archive is for, before anything is touched."""
    from scripts.rollout.publish import shape_of
    from scripts.rollout.result import RolloutError

    found: dict[Shape, Path] = {}
    for archive in archives:
        shape = shape_of(archive)
        if shape not in shapes:
            raise RolloutError(f"{archive} is packed for a {shape}, which is not rolled out here")
        if shape in found:
            raise RolloutError(f"{found[shape]} and {archive} are both for the {shape}")
        found[shape] = archive
    return found


def _show_plan(
    stack: Stack, shapes: list[Shape], archives: Mapping[Shape, Path], plan: Plan, form: str
) -> None:
    told = [
        {
            "shape": shape,
            "name": part.name,
            "from": part.serving(),
            "to": str(archives[shape]) if shape in archives else part.newest(),
        }
        for shape in shapes
        if (part := stack.function if shape == "function" else stack.fleet)
    ]
    steps = [dataclasses.asdict(step) for step in plan.steps]
    if form == "json":
        click.echo(json.dumps({"shapes": told, "steps": steps, "seconds": plan.seconds}, indent=2))
        return
    for part in told:
        click.echo(f"{part['shape']} {part['name']}: from version {part['from']} to {part['to']}")
    for step in plan.steps:
        click.echo(f"  after {step.after:6.0f} s  {step.percent:3} %")
    click.echo(f"  after {plan.seconds:6.0f} s  done")


def _release(
    stack: Stack, shapes: list[Shape], archives: Mapping[Shape, Path], wishes: Wishes
) -> Generator[Outcome]:
    """Release each shape; after one that fails, the next is left alone."""
    from rich.console import Console

    from scripts.rollout.alarms import Watch

    console = Console(stderr=True, highlight=False)
    with _interruptible(), console.status("Looking at the alarms") as progress:

        def tell(text: str) -> None:
            console.print(text, soft_wrap=True)
            progress.update(f"Watching {len(stack.alarms)} alarms")

        watch = Watch(stack.clients("cloudwatch"), stack.alarms)
        watch.begin(despite_alarms=wishes.despite_alarms)
        for shape in shapes:
            progress.update(f"Looking at the {shape}")
            outcome = _release_one(stack, shape, archives.get(shape), wishes, watch, tell)
            yield outcome
            if not outcome.is_good:
                break


def _release_one(
    stack: Stack,
    shape: Shape,
    archive: Path | None,
    wishes: Wishes,
    watch: Watch,
    tell: Callable[[str], None],
) -> Outcome:
    from scripts.rollout.fleet import Patience
    from scripts.rollout.publish import publish
    from scripts.rollout.result import RolloutError

    def version(part: Function | Fleet) -> str:
        if archive is None:
            return part.newest()
        tell(f"Publishing {archive.name}")
        return part.publish(publish(stack.clients("s3"), stack.bucket, archive))

    if shape == "function" and stack.function:
        return stack.function.release(
            version(stack.function), wishes.plan, watch, tell, take_over=wishes.take_over
        )
    if shape == "fleet" and stack.fleet:
        patience = Patience(warmup=wishes.warmup, give_up_after=wishes.give_up_after)
        return stack.fleet.release(version(stack.fleet), wishes.plan, watch, tell, patience)
    raise RolloutError(f"the stack has no {shape}")


@contextmanager
def _interruptible() -> Generator[None]:
    """Take SIGTERM as Ctrl-C: who ends this politely wants the old version back, too."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
