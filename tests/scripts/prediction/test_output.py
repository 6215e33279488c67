from __future__ import annotations

from scripts.prediction.output import PredictionOutput
from scripts.prediction.table import Row


def test_values_of_a_regression_are_counted_together_and_written_with_all_digits():
    written: list[str] = []
    output = PredictionOutput("csv", ["age"], written.append)
    for line, value in enumerate([152.13348416289594, 7.5], 2):
        output.add(Row(line, [str(line)]), {"progression": value})
    assert output.counts == {"values": 2}
    assert "".join(written) == "age,progression,error\n2,152.13348416289594,\n3,7.5,\n"
