"""Names that AWS WAF reserves in metrics, sampled requests and headers."""

from __future__ import annotations

from typing import Final

DEFAULT_ACTION: Final = "Default_Action"
"""Name of the default action in metrics and sampled requests."""

INSERTED_PREFIX: Final = "x-amzn-waf-"
"""Prefix of headers that a rule inserts (AWS WAF developer guide, "Inserting custom request headers")."""
