"""Counter of requests in a sliding window, by key, as rate-based rules use it."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

MAXIMUM_KEYS: Final = 10_000
"""Keys that one rule counts at a time (AWS WAF developer guide, "Rate-based rule caveats")."""

SLOTS: Final = 60
"""Parts of a window that are counted separately."""


class RateCounter:
    """Requests of each key in the last seconds.

    AWS WAF estimates every ten seconds, so that its rules act some seconds later than these.
    """

    def __init__(self, window: float, settings: str = "") -> None:
        """Count in windows of this many seconds, for a rule with these settings."""
        self.settings = settings
        """Settings of the rule, whose change resets the counts."""
        self._slot = window / SLOTS
        self._keys: OrderedDict[str, _Slots] = OrderedDict()

    def add(self, key: str, now: float) -> int:
        """Count a request at the time `now`; return how many the key has in the window that ends there."""
        slots = self._keys.get(key)
        if slots is None:
            slots = self._keys[key] = _Slots()
            if len(self._keys) > MAXIMUM_KEYS:
                self._keys.popitem(last=False)
        else:
            self._keys.move_to_end(key)
        return slots.add(int(now / self._slot))


class _Slots:
    """Requests of one key by the number of their slot."""

    def __init__(self) -> None:
        self._counts: deque[list[int]] = deque()
        self._total = 0

    def add(self, slot: int) -> int:
        while self._counts and self._counts[0][0] <= slot - SLOTS:
            self._total -= self._counts.popleft()[1]
        if self._counts and self._counts[-1][0] == slot:
            self._counts[-1][1] += 1
        else:
            self._counts.append([slot, 1])
        self._total += 1
        return self._total
