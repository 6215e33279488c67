from __future__ import annotations

from infra.monitoring.budget import CostBudget, CostBudgetArgs
from infra.monitoring.budget_config import BudgetConfig, BudgetScope
from tests.infra.configs import load, mistakes
from tests.infra.mock_aws import TAGS, MockResource, deploy


def budget(scope: BudgetScope = "account") -> MockResource:
    args = CostBudgetArgs(
        config=BudgetConfig(monthly_budget_usd=250, budget_scope=scope), topic_arn="arn:topic", tags=TAGS
    )
    (resource,) = deploy(lambda: CostBudget("purse", args)).of_type("aws:budgets/budget:Budget")
    return resource


def test_a_month_may_cost_so_much():
    inputs = budget()
    assert (inputs["budgetType"], inputs["timeUnit"]) == ("COST", "MONTHLY")
    assert (inputs["limitAmount"], inputs["limitUnit"]) == ("250", "USD")
    assert inputs["tags"] == TAGS


def test_people_are_told_before_it_is_spent_when_it_is_and_when_it_will_be():
    notifications = budget()["notifications"]
    assert [(each["notificationType"], each["threshold"]) for each in notifications] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    for each in notifications:
        assert (each["comparisonOperator"], each["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        assert each["subscriberSnsTopicArns"] == ["arn:topic"]


def test_it_counts_the_whole_account_or_what_has_the_stack_s_tag():
    assert "costFilters" not in budget("account").inputs
    assert budget("stack")["costFilters"] == [{"name": "TagKeyValue", "values": ["user:stack$test"]}]


def test_another_scope_is_another_budget_as_a_filter_that_is_left_out_stays():
    assert budget("account").name != budget("stack").name


def test_no_dollars_are_no_budget():
    assert load(monthlyBudgetUsd="0").budget is None
    assert load(monthlyBudgetUsd="75", budgetScope="stack").budget == BudgetConfig(
        monthly_budget_usd=75, budget_scope="stack"
    )
    (line,) = mistakes(monthlyBudgetUsd="0.5")
    assert line.startswith("monthlyBudgetUsd is '0.5': it must be a whole number from 0")
    (line,) = mistakes(budgetScope="project")
    assert line == "budgetScope is 'project': it must be account or stack"
