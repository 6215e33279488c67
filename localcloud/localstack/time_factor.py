"""Factor by which scaling is faster in the local cloud than on AWS."""

from __future__ import annotations

from typing import Final

TIME_FACTOR: Final = 6.0
"""Minutes of alarms, warm-ups and cooldowns of scaling take ten seconds here. Boot times, health checks,
deregistration delays and the times of scheduled actions are AWS's own."""
