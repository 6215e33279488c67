"""Budget section of the configuration."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Section, UsDollars

BudgetScope: TypeAlias = Literal["account", "stack"]


class BudgetConfig(Section):
    """Budget."""

    monthly_budget_usd: UsDollars = Field(
        default=100,
        ge=0,
        le=10_000_000,
        description="Monthly cost budget in US dollars. AWS sends an e-mail at 80 % of it, at 100 %, and "
        "when its forecast exceeds it. 0 = no budget.",
    )
    budget_scope: BudgetScope = Field(
        default="account",
        description="Costs that the budget counts. account = all costs of the account; stack = costs with "
        "the stack's tag, which are none until `stack` is activated as a cost allocation tag.",
    )
