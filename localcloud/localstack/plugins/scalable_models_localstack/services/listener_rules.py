"""Path conditions of listener rules: what AWS takes, where moto takes anything and knows no expressions.

That `RegexValues` exists at all, LocalStack (`sdk-extras`) and moto (`moto-extras`) learn from `models/`: the
botocore of their release is older than it.

Sources: "Condition types for listener rules" and "Add a listener rule" in the user guide for Application Load
Balancers; the wording of the errors from aws/aws-cli#9792 and aws/aws-cdk#10065.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from moto.elbv2.exceptions import InvalidConditionValueError
from moto.elbv2.models import ELBv2Backend

LONGEST: Final = 128
"""Characters of a pattern or an expression."""

MOST_OF_A_RULE: Final = 5
"""Patterns or expressions."""

PATTERN: Final = re.compile(r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""")

UNSUPPORTED: Final = re.compile(r"\(\?(?:[=!>|R&0-9]|<[=!]|P[=>])|\\[1-9pPgk]|[*+?}]\+")
"""Lookarounds, references back, atomic groups, possessive quantifiers, recursion and classes of Unicode."""


def install() -> None:
    """Let moto check path conditions as AWS does."""
    cast("Any", ELBv2Backend)._validate_path_pattern_condition = _validate  # noqa: SLF001 - moto has no other place for it


def _validate(backend: ELBv2Backend, condition: dict[str, Any]) -> None:
    del backend
    paths: dict[str, list[str]] = condition.get("PathPatternConfig", {})
    patterns = [*condition.get("Values", []), *paths.get("Values", [])]
    expressions = paths.get("RegexValues", [])
    if not patterns and not expressions:
        raise InvalidConditionValueError("A condition value must be specified")
    if sum(map(bool, (condition.get("Values"), paths.get("Values"), expressions))) > 1:
        raise InvalidConditionValueError("Only one of 'Values' and 'RegexValues' can be specified")
    if len(patterns) + len(expressions) > MOST_OF_A_RULE:
        raise InvalidConditionValueError(f"A rule can only have '{MOST_OF_A_RULE}' condition values")
    for value in (*patterns, *expressions):
        if len(value) > LONGEST:
            raise InvalidConditionValueError(
                f"The 'path-pattern' value is too long; the limit is '{LONGEST}'"
            )
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern):
            raise InvalidConditionValueError(
                f"Condition value '{pattern}' contains a character that is not valid"
            )
    for expression in expressions:
        if UNSUPPORTED.search(expression) or not _compiles(expression):
            raise InvalidConditionValueError(
                f"Condition value '{expression}' is not a valid regular expression"
            )


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return True
