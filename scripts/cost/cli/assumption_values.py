"""Assumptions of `iris cost`: the defaults, a file, and `--assume`, of which the later ones win."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from scripts.cost.bill.assumptions import AssumptionError, Assumptions, with_values

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path


def read_assumptions(
    file: Path | None,
    settings: Sequence[str],
    *,
    free_tier: bool,
    fixed: Collection[str] = (),
    measured: Assumptions | None = None,
) -> Assumptions:
    """Return the assumptions.

    Args:
        file: YAML or JSON file with values by name.
        settings: `name=value`.
        free_tier: whether the free tiers count.
        fixed: names whose values the stack sets.
        measured: values in place of the defaults.

    Raises:
        AssumptionError: a file, a name or a value is unusable.
    """
    values = _read_file(file) if file else {}
    values |= dict(setting.split("=", 1) for setting in settings)
    for name in fixed:
        if name in values:
            raise AssumptionError(f"{name} does nothing with a stack, which has its own.")
    return with_values(replace(measured or Assumptions(), free_tier=free_tier), values)


def _read_file(file: Path) -> dict[str, object]:
    import yaml

    try:
        content: object = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise AssumptionError(f"{file} can't be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AssumptionError(f"{file} is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise AssumptionError(f"{file} is no mapping of assumptions and their values.")
    return {str(key): value for key, value in cast("dict[object, object]", content).items()}
