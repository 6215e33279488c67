"""Error of a listener rule that the local load balancer cannot follow."""

from __future__ import annotations


class UnsupportedRuleError(ValueError):
    """Listener rule with an unsupported condition or action."""
