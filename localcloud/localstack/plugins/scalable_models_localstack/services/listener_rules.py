"""Validation of path conditions of listener rules, where moto accepts any value and no regular expressions.

The parameter `RegexValues` comes from `models/` for LocalStack (`sdk-extras`) and moto (`moto-extras`), whose
botocore is older than it.

Sources: "Condition types for listener rules" and "Add a listener rule" in the user guide for Application Load
Balancers; messages from aws/aws-cli#9792 and aws/aws-cdk#10065.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from moto.elbv2.exceptions import InvalidConditionValueError
from moto.elbv2.models import ELBv2Backend

MAXIMUM_VALUE_LENGTH: Final = 128
"""Maximum characters of a pattern or regular expression."""

MAXIMUM_VALUES: Final = 5
"""Maximum number of patterns or regular expressions of a rule."""

PATTERN: Final = re.compile(r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""")

UNSUPPORTED: Final = re.compile(r"\(\?(?:[=!>|R&0-9]|<[=!]|P[=>])|\\[1-9pPgk]|[*+?}]\+")
"""Lookarounds, backreferences, atomic groups, possessive quantifiers, recursion and Unicode classes."""


def install() -> None:
    """Replace moto's validation of path conditions by AWS's."""
    cast("Any", ELBv2Backend)._validate_path_pattern_condition = _validate  # noqa: SLF001 - moto has no public hook


def _validate(backend: ELBv2Backend, condition: dict[str, Any]) -> None:
    del backend
    paths: dict[str, list[str]] = condition.get("PathPatternConfig", {})
    patterns = [*condition.get("Values", []), *paths.get("Values", [])]
    expressions = paths.get("RegexValues", [])
    if not patterns and not expressions:
        raise InvalidConditionValueError("A condition value must be specified")
    if sum(map(bool, (condition.get("Values"), paths.get("Values"), expressions))) > 1:
        raise InvalidConditionValueError("Only one of 'Values' and 'RegexValues' can be specified")
    if len(patterns) + len(expressions) > MAXIMUM_VALUES:
        raise InvalidConditionValueError(f"A rule can only have '{MAXIMUM_VALUES}' condition values")
    for value in (*patterns, *expressions):
        if len(value) > MAXIMUM_VALUE_LENGTH:
            raise InvalidConditionValueError(
                f"The 'path-pattern' value is too long; the limit is '{MAXIMUM_VALUE_LENGTH}'"
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
