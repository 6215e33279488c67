"""What a month may cost before people are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from infra.config_reader import Reader, Setting

BudgetScope: TypeAlias = Literal["account", "stack"]

BUDGET_SCOPES: Final[tuple[BudgetScope, ...]] = ("account", "stack")


@dataclass(frozen=True, kw_only=True)
class BudgetConfig:
    """A budget of a month."""

    usd: int
    scope: BudgetScope


@dataclass(frozen=True, kw_only=True)
class BudgetSettings:
    """The same as it was read."""

    usd: Setting[int]
    scope: Setting[BudgetScope]

    @property
    def value(self) -> BudgetConfig | None:
        """The typed value, once the reader has told that there are no mistakes; None without a budget."""
        if not self.usd.value:
            return None
        return BudgetConfig(usd=self.usd.value, scope=self.scope.value)


def read_budget(read: Reader) -> BudgetSettings:
    """Read the budget's keys; `read` keeps what is wrong with each."""
    return BudgetSettings(
        usd=read.whole("monthlyBudgetUsd", 0, 10_000_000),
        scope=read.choice("budgetScope", BUDGET_SCOPES),
    )
