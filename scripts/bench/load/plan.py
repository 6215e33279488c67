"""Plan of a load: its demand, or the requests of a log with their moments."""

from __future__ import annotations

import gzip
import math
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from scripts.bench.load import demand
from scripts.bench.load.access_log import AccessLogError, read_log
from scripts.console.encoding import ENCODING_BYTES, text_encoding
from scripts.cost.demand.demand_file import read_csv
from scripts.cost.demand.weekly_demand import DAY, HOURS_PER_DAY, DemandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.bench.load.access_log import LoggedRequest
    from scripts.bench.load.demand import Phase

DEFAULT_RATE: Final = 50.0
"""Default rate, in requests per second: a tenth of what the smallest machines manage."""


GZIP_MAGIC: Final = b"\x1f\x8b"
"""First bytes of a gzip file (RFC 1952, 2.3.1)."""


class PlanError(ValueError):
    """Plan that is impossible, or whose file can't be read; the message says why."""


@dataclass(frozen=True)
class Plan:
    """Demand of a load, and its description."""

    text: str
    phases: Sequence[Phase]
    logged: Sequence[LoggedRequest] = ()
    """Requests of a log, with the moments at which they are sent."""


def make_plan(
    *,
    rate: float | None = None,
    seconds: float = 30.0,
    ramp: Sequence[float] | None = None,
    steps: Sequence[float] | None = None,
    curve: str | None = None,
    replay: Path | None = None,
    speed: float = 1.0,
) -> Plan:
    """Return the plan of one kind of demand; a constant rate by default.

    Raises:
        PlanError: A file can't be read, or has no requests.
    """
    if replay is not None:
        return _replay(replay, speed)
    if curve is not None:
        return _curve(curve, rate, seconds)
    if ramp:
        text = f"{ramp[0]:g} to {ramp[1]:g} requests per second in {seconds:g} s"
        return Plan(text, demand.ramp(ramp[0], ramp[1], seconds))
    if steps:
        rates = ", ".join(f"{each:g}" for each in steps)
        return Plan(f"{rates} requests per second in {seconds:g} s", demand.steps(steps, seconds))
    rate = rate or DEFAULT_RATE
    return Plan(f"{rate:g} requests per second for {seconds:g} s", demand.steady(rate, seconds))


def _curve(curve: str, peak: float | None, seconds: float) -> Plan:
    try:
        rates: Sequence[float] = DAY if curve == "day" else read_csv(Path(curve))
    except DemandError as error:
        raise PlanError(str(error).rstrip(".")) from None
    if rates == tuple(rates[:HOURS_PER_DAY]) * (len(rates) // HOURS_PER_DAY):
        rates = rates[:HOURS_PER_DAY]  # a file with a day
    highest = max(rates)
    if not highest:
        raise PlanError(f"{curve} has no requests")
    if curve == "day" or peak:
        rates = [(peak or DEFAULT_RATE) * each / highest for each in rates]
    name = "a day" if len(rates) == HOURS_PER_DAY else "a week"
    text = f"{name} in {seconds:g} s with {max(rates):g} requests per second at its peak"
    return Plan(text, demand.curve(rates, seconds))


def _opened(file: Path) -> TextIO:
    """Open a log, which load balancers store with gzip."""
    with file.open("rb") as beginning:
        start = beginning.read(ENCODING_BYTES)
    if start.startswith(GZIP_MAGIC):
        return gzip.open(file, "rt", encoding="utf-8", errors="replace")
    return file.open(encoding=text_encoding(start), errors="replace")


def _replay(file: Path, speed: float) -> Plan:
    try:
        with _opened(file) as lines:
            log = read_log(lines)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlanError(f"{file} can't be read: {reason.rstrip('.')}") from None
    except AccessLogError as error:
        raise PlanError(f"{file} can't be replayed: {error}") from None
    text = f"{len(log.requests):,} requests of {file.name} at {speed:g} times the speed"
    if log.left_out:
        text += f", without {log.left_out:,} lines that can't be sent again"
    requests = [replace(it, seconds=it.seconds / speed) for it in log.requests]
    if requests[-1].seconds > demand.MAXIMUM_SECONDS:
        faster = math.ceil(log.requests[-1].seconds / demand.MAXIMUM_SECONDS)
        raise PlanError(
            f"{file} would take {requests[-1].seconds / demand.MAXIMUM_SECONDS:,.1f} days, and a load takes "
            f"at most one; --speed {faster} is sufficient"
        )
    by_second = Counter(int(it.seconds) for it in requests)
    rates = [by_second[second] for second in range(max(by_second) + 1)]
    return Plan(text, [demand.Phase(1, rate, rate) for rate in rates], requests)
