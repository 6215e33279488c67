"""Measures the project against what it is measured by: the command, what runs, how it is timed, the chart."""
