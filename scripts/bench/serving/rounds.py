"""Lets everybody answer in turns, each beside the floor, and collects what was measured."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scripts.bench.serving import wrk
from scripts.bench.serving.candidates import CONTESTANTS, ONE, OURS, Bench, Contestant, ours_with
from scripts.bench.serving.environments import EnvironmentFailed
from scripts.bench.serving.results import Pair, Result
from scripts.bench.serving.servers import Server, ServerError, check, running

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from scripts.bench.serving.candidates import Question

FLOOR: Final = next(contestant for contestant in CONTESTANTS if contestant.name == "floor")

WARM_UP_SECONDS: Final = 1
"""Asked before anything counts, each time a server was started."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How it is measured."""

    rounds: int
    seconds: int
    connections: int
    server_cores: tuple[int, ...] | None
    """None: the system decides."""
    client_cores: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All that came out."""

    results: dict[str, dict[str, Result]] = field(default_factory=dict[str, dict[str, Result]])
    """Contestant -> kind of request -> how it did."""
    pss_megabytes: dict[str, float] = field(default_factory=dict[str, float])
    """Of all processes of a contestant, after its rounds."""
    absent: dict[str, str] = field(default_factory=dict[str, str])
    """Contestant -> why it could not be measured."""


def questions_of(contestant: Contestant) -> dict[str, Question]:
    """List what it is asked, by a word for it."""
    return {ONE: contestant.question, **contestant.others}


def measure(
    contestants: Sequence[Contestant], bench: Bench, plan: Plan, *, advance: Callable[[str], object]
) -> Measured:
    """Measure each contestant once in every round, and tell `advance` whose turn has ended.

    Each round begins with another one. The floor runs all the time, and idles but for its own turns.

    Raises:
        ServerError: the floor or our service does not start.
        WrkError: the load generator fails.
    """
    pairs: defaultdict[str, defaultdict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    memory: defaultdict[str, list[float]] = defaultdict(list)
    absent: dict[str, str] = {}
    with running(FLOOR, bench, cores=plan.server_cores, log=bench.folder / "floor.log") as floor:
        for turn in range(plan.rounds):
            first = turn % len(contestants)
            for contestant in (*contestants[first:], *contestants[:first]):
                if contestant.name not in absent:
                    try:
                        taken, megabytes = _turn(contestant, floor, bench, plan)
                    except (EnvironmentFailed, ServerError) as error:
                        if contestant.name == OURS:
                            raise  # of what is measured, nothing would be left
                        absent[contestant.name] = str(error)
                    else:
                        memory[contestant.name].append(megabytes)
                        for kind, pair in taken.items():
                            pairs[contestant.name][kind].append(pair)
                advance(contestant.name)
    return Measured(
        results={
            contestant.name: {
                kind: Result.of(pairs[contestant.name][kind], flowers=question.flowers)
                for kind, question in questions_of(contestant).items()
            }
            for contestant in contestants
            if contestant.name not in absent
        },
        pss_megabytes={
            name: round(statistics.median(seen), 1) for name, seen in memory.items() if name not in absent
        },
        absent=absent,
    )


def _turn(contestant: Contestant, floor: Server, bench: Bench, plan: Plan) -> tuple[dict[str, Pair], float]:
    log = bench.folder / f"{contestant.name}.log"
    pairs: dict[str, Pair] = {}
    with running(contestant, bench, cores=plan.server_cores, log=log) as server:
        for kind, question in questions_of(contestant).items():
            check(server, question)
            _ask(server, question, plan, WARM_UP_SECONDS)
            before = _ask(floor, question, plan, plan.seconds)
            measured = _ask(server, question, plan, plan.seconds)
            pairs[kind] = Pair(floor=before, measured=measured)
        return pairs, server.pss_megabytes()


def _ask(server: Server, question: Question, plan: Plan, seconds: int) -> wrk.Round:
    # The protocol's own paths are nothing to the floor: it answers all alike.
    return wrk.run(
        server.url, question, connections=plan.connections, seconds=seconds, cores=plan.client_cores
    )


def workers(
    bench: Bench, plan: Plan, numbers: Collection[int], *, advance: Callable[[str], object]
) -> dict[int, float]:
    """Measure our service with several numbers of workers, in turns, on all cores.

    The load generator shares the cores, so that two workers on two cores gain less than they would alone.

    Returns:
        Number of workers -> requests for one flower answered in a second, median.
    """
    seen: defaultdict[int, list[float]] = defaultdict(list)
    for _ in range(plan.rounds):
        for number in numbers:
            contestant = ours_with(number)
            log = bench.folder / "ours-workers.log"
            with running(contestant, bench, cores=None, log=log) as server:
                for seconds in (WARM_UP_SECONDS, plan.seconds):
                    measured = wrk.run(
                        server.url,
                        contestant.question,
                        connections=plan.connections,
                        seconds=seconds,
                        cores=None,
                    )
            seen[number].append(measured.per_second)
            advance(f"{number} workers")
    return {number: round(statistics.median(rates), 1) for number, rates in seen.items()}
