"""Modes of `iris cost`: each option declares those in which it acts, and is refused in all others."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class Mode(Enum):
    """Question that the command answers; the value completes the sentence "it acts ..."."""

    COMPARISON = "in the comparison"
    REGIONS = "with --all-regions"
    MONTHS = "with --months"
    STACK = "with --stack"
    STACK_MONTHS = "with --stack and --months"
    PREVIEW = "with --preview"
    PREVIEW_MONTHS = "with --preview and --months"


ALL: Final = frozenset(Mode)
STACKS: Final = frozenset({Mode.STACK, Mode.STACK_MONTHS})
"""Modes that run the program of a stack."""
RESOURCES: Final = STACKS | {Mode.PREVIEW, Mode.PREVIEW_MONTHS}
"""Modes that price the resources of a stack."""
PROJECTIONS: Final = frozenset({Mode.MONTHS, Mode.STACK_MONTHS, Mode.PREVIEW_MONTHS})
"""Modes that show a month after the other."""
TRAFFIC: Final = ALL - RESOURCES
"""Modes that size and price a fleet for traffic."""
CHOSEN: Final = frozenset({Mode.COMPARISON, Mode.MONTHS})
"""Modes that show the bill of one instance type and of one function."""


class IdleOptionError(click.ClickException):
    """Error for an option that would do nothing, in one line."""

    exit_code = click.UsageError.exit_code


class ScopedOption(click.Option):
    """Option of the command, with the modes and the other options that it depends on."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 (those of `click.Option`)
        modes: Collection[Mode],
        needs: Collection[str] = (),
        excluded_by: Collection[str] = (),
        **attributes: Any,  # noqa: ANN401 (the same)
    ) -> None:
        """Create the option.

        Args:
            *arguments: As for `click.Option`.
            modes: Modes in which it changes the answer.
            needs: Parameters of which one must be set, too.
            excluded_by: Parameters that take its place.
            **attributes: As for `click.Option`.
        """
        super().__init__(*arguments, **attributes)
        self.modes = frozenset(modes)
        self.needs = tuple(needs)
        self.excluded_by = tuple(excluded_by)

    @override
    def process_value(self, ctx: click.Context, value: Any) -> Any:
        if value == "" or (isinstance(value, (list, tuple)) and "" in value):
            # An unset variable of a shell, and not the current folder or the default.
            raise click.BadParameter("it is empty.", ctx, self)
        return super().process_value(ctx, value)

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return self.opts[-1]


def scoped_option(
    *names: str,
    modes: Collection[Mode],
    **attributes: Any,  # noqa: ANN401 (those of `ScopedOption`)
) -> Callable[..., Any]:
    """Return a decorator that adds a `ScopedOption`."""
    return click.option(*names, cls=ScopedOption, modes=modes, **attributes)


def chosen_mode(values: Mapping[str, Any]) -> Mode:
    """Return the mode that the values of the options select."""
    months = bool(values["projected_months"])
    if values["preview"] is not None:
        return Mode.PREVIEW_MONTHS if months else Mode.PREVIEW
    if values["stack"] is not None:
        return Mode.STACK_MONTHS if months else Mode.STACK
    if months:
        return Mode.MONTHS
    return Mode.REGIONS if values["all_regions"] else Mode.COMPARISON


def reject_idle_options(context: click.Context) -> Mode:
    """Check that each option that is given acts, and return the mode.

    Raises:
        IdleOptionError: one does nothing; the text names it and the mode.
    """
    mode = chosen_mode(context.params)
    options = {it.name: it for it in context.command.params if isinstance(it, ScopedOption)}
    given = [it for it in options.values() if _is_given(context, it.name)]
    for option in given:
        if mode not in option.modes:
            places = ", ".join(it.value for it in Mode if it in option.modes)
            raise IdleOptionError(f"{option.flag} does nothing {mode.value}; it acts {places}.")
        if option.needs and not any(_is_given(context, name) for name in option.needs):
            needed = " or ".join(options[name].flag for name in option.needs)
            raise IdleOptionError(f"{option.flag} does nothing without {needed}.")
        for name in option.excluded_by:
            if _is_given(context, name):
                raise IdleOptionError(f"{option.flag} does nothing beside {options[name].flag}.")
    return mode


def _is_given(context: click.Context, name: str | None) -> bool:
    return name is not None and context.get_parameter_source(name) is not ParameterSource.DEFAULT
