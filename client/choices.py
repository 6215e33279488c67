"""Choice of an instance for a request: round robin, random, least connections, power of two choices.

A choice gets the available instances, sorted and at least one, and the number of outstanding requests of this
client at each.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from client.instance import Instance

Choice = Callable[[Sequence[Instance], Mapping[Instance, int]], Instance]


class RoundRobin:
    """Choice of the instance after the last one, in a circle."""

    def __init__(self) -> None:
        """Start before the first instance."""
        self._last: Instance | None = None

    def __call__(self, instances: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        """Return the first instance after the last one."""
        del outstanding
        last = self._last
        later = (instance for instance in instances if last is not None and instance > last)
        self._last = next(later, instances[0])
        return self._last


class RandomChoice:
    """Choice of an instance at random."""

    def __init__(self, source: random.Random | None = None) -> None:
        """Create the choice; `source` replaces the system's random numbers in tests."""
        self._source = source or random.Random()  # noqa: S311 - load, not secrets

    def __call__(self, instances: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        """Return one of the instances, each with the same probability."""
        del outstanding
        return self._source.choice(instances)


class LeastConnections:
    """Choice of the instance with the fewest outstanding requests, one at random if there are several."""

    def __init__(self, source: random.Random | None = None) -> None:
        """Create the choice; `source` replaces the system's random numbers in tests."""
        self._source = source or random.Random()  # noqa: S311 - load, not secrets

    def __call__(self, instances: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        """Return an instance with the minimum of outstanding requests."""
        fewest = min(outstanding.get(instance, 0) for instance in instances)
        return self._source.choice([it for it in instances if outstanding.get(it, 0) == fewest])


class PowerOfTwoChoices:
    """Choice of the less loaded of two instances at random.

    It needs no look at all instances, and many clients that choose at the same time do not all choose the
    same one (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
    """

    def __init__(self, source: random.Random | None = None) -> None:
        """Create the choice; `source` replaces the system's random numbers in tests."""
        self._source = source or random.Random()  # noqa: S311 - load, not secrets

    def __call__(self, instances: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        """Return that of two instances at random that has fewer outstanding requests."""
        sampled = self._source.sample(instances, min(2, len(instances)))
        return min(sampled, key=lambda instance: outstanding.get(instance, 0))


CHOICES: Final[Mapping[str, Callable[[], Choice]]] = {
    "round_robin": RoundRobin,
    "random": RandomChoice,
    "least_connections": LeastConnections,
    "power_of_two_choices": PowerOfTwoChoices,
}
"""Name -> class of a choice."""
