"""Rounds of a serving benchmark: all servers in turns, each right after the floor."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scripts.bench.serving import wrk
from scripts.bench.serving.server_candidates import (
    CANDIDATES,
    ONE,
    OURS,
    BenchFolders,
    ServerCandidate,
    ours_with,
)
from scripts.bench.serving.servers import Server, ServerError, check, running
from scripts.bench.serving.serving_results import RoundPair, ServingResult
from scripts.bench.serving.virtual_environments import EnvironmentInstallError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from scripts.bench.serving.server_candidates import BenchmarkRequest

FLOOR: Final = next(candidate for candidate in CANDIDATES if candidate.name == "floor")

WARM_UP_SECONDS: Final = 1
"""Seconds of warm-up after each start of a server."""


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """Number, length and cores of the measurements."""

    rounds: int
    seconds: int
    connections: int
    server_cores: tuple[int, ...] | None
    """Cores of the server; None leaves them to the scheduler."""
    client_cores: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class ServingMeasurements:
    """Results of all rounds."""

    results: dict[str, dict[str, ServingResult]] = field(default_factory=dict[str, dict[str, ServingResult]])
    """Server -> kind of request -> result."""
    pss_megabytes: dict[str, float] = field(default_factory=dict[str, float])
    """Server -> memory of all its processes after its rounds, in megabytes (PSS)."""
    absent: dict[str, str] = field(default_factory=dict[str, str])
    """Server -> reason why it could not be measured."""


def requests_of(candidate: ServerCandidate) -> dict[str, BenchmarkRequest]:
    """Return the requests that a server gets: kind -> request."""
    return {ONE: candidate.request, **candidate.others}


def measure(
    candidates: Sequence[ServerCandidate],
    bench: BenchFolders,
    plan: BenchPlan,
    *,
    on_progress: Callable[[str], object],
) -> ServingMeasurements:
    """Measure each server once in every round, and call `on_progress` with its name after each turn.

    Each round begins with another one. The floor runs throughout, and idles between its own turns.

    Raises:
        ServerError: The floor or this service does not start.
        WrkError: The load generator fails.
    """
    pairs: defaultdict[str, defaultdict[str, list[RoundPair]]] = defaultdict(lambda: defaultdict(list))
    memory: defaultdict[str, list[float]] = defaultdict(list)
    absent: dict[str, str] = {}
    with running(FLOOR, bench, cores=plan.server_cores, log=bench.folder / "floor.log") as floor:
        _send(floor, FLOOR.request, plan, WARM_UP_SECONDS)
        for turn in range(plan.rounds):
            first = turn % len(candidates)
            for candidate in (*candidates[first:], *candidates[:first]):
                if candidate.name not in absent:
                    try:
                        pairs_of_turn, megabytes = _measure_turn(candidate, floor, bench, plan)
                    except (EnvironmentInstallError, ServerError) as error:
                        if candidate.name == OURS:
                            raise  # without this service, the benchmark is pointless
                        absent[candidate.name] = str(error)
                    else:
                        memory[candidate.name].append(megabytes)
                        for kind, pair in pairs_of_turn.items():
                            pairs[candidate.name][kind].append(pair)
                on_progress(candidate.name)
    return ServingMeasurements(
        results={
            candidate.name: {
                kind: ServingResult.of(pairs[candidate.name][kind], flowers=request.flowers)
                for kind, request in requests_of(candidate).items()
            }
            for candidate in candidates
            if candidate.name not in absent
        },
        pss_megabytes={
            name: round(statistics.median(seen), 1) for name, seen in memory.items() if name not in absent
        },
        absent=absent,
    )


def _measure_turn(
    candidate: ServerCandidate, floor: Server, bench: BenchFolders, plan: BenchPlan
) -> tuple[dict[str, RoundPair], float]:
    log = bench.folder / f"{candidate.name}.log"
    pairs: dict[str, RoundPair] = {}
    kinds = requests_of(candidate)
    if candidate.name == FLOOR.name:
        # It is the reference itself: another process of it would differ from it by noise.
        for kind, request in kinds.items():
            reference = _send(floor, request, plan, plan.seconds)
            pairs[kind] = RoundPair(floor=reference, measured=reference)
        return pairs, floor.pss_megabytes()
    with running(candidate, bench, cores=plan.server_cores, log=log) as server:
        for request in kinds.values():
            check(server, request)
        _send(server, candidate.request, plan, WARM_UP_SECONDS)
        for kind, request in kinds.items():
            before = _send(floor, request, plan, plan.seconds)
            measured = _send(server, request, plan, plan.seconds)
            pairs[kind] = RoundPair(floor=before, measured=measured)
        return pairs, server.pss_megabytes()


def _send(server: Server, request: BenchmarkRequest, plan: BenchPlan, seconds: int) -> wrk.WrkResult:
    # The floor answers every path with the same body.
    return wrk.run(
        server.url, request, connections=plan.connections, seconds=seconds, cores=plan.client_cores
    )


def measure_workers(
    bench: BenchFolders, plan: BenchPlan, numbers: Collection[int], *, on_progress: Callable[[str], object]
) -> dict[int, float]:
    """Measure this service with several numbers of workers, in turns, on all cores.

    The load generator shares the cores, so that two workers on two cores gain less than without it.

    Returns:
        Number of workers -> requests for one flower per second, median.
    """
    seen: defaultdict[int, list[float]] = defaultdict(list)
    for _ in range(plan.rounds):
        for number in numbers:
            candidate = ours_with(number)
            log = bench.folder / "ours-workers.log"
            with running(candidate, bench, cores=None, log=log) as server:
                for seconds in (WARM_UP_SECONDS, plan.seconds):
                    measured = wrk.run(
                        server.url,
                        candidate.request,
                        connections=plan.connections,
                        seconds=seconds,
                        cores=None,
                    )
            seen[number].append(measured.per_second)
            on_progress(f"{number} workers")
    return {number: round(statistics.median(rates), 1) for number, rates in seen.items()}
