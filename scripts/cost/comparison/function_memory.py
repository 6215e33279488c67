"""Duration and cost of the function by its memory, which also decides its share of a vCPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.function import function_bill, monthly_usage

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.comparison.scenario import Scenario

MEMORIES: Final = (128, 256, 512, 1_024, 1_769, 3_008)
"""Memory in MB that is compared; above 1,769, a request is not served faster, since it has one thread."""


@dataclass(frozen=True, kw_only=True)
class FunctionMemory:
    """Function with one amount of memory."""

    memory_mb: int
    milliseconds: float
    """Billed duration of a request, its share of cold starts included."""
    bill: Bill


def memory_curve(scenario: Scenario) -> list[FunctionMemory]:
    """Return the scenario's function with each amount of memory, its own included."""
    found: list[FunctionMemory] = []
    for memory in sorted({*MEMORIES, scenario.function.memory_mb}):
        shape = replace(scenario.function, memory_mb=memory)
        usage = monthly_usage(shape, scenario.demand, scenario.capacity, scenario.assumptions)
        billed = function_bill(
            shape, scenario.demand, scenario.capacity, scenario.prices, scenario.assumptions
        )
        found.append(FunctionMemory(memory_mb=memory, milliseconds=float(usage.milliseconds), bill=billed))
    return found
