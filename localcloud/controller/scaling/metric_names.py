"""Metrics of target tracking policies that are known here, under AWS's names."""

from __future__ import annotations

from typing import Literal, get_args

Metric = Literal["ASGAverageCPUUtilization", "ALBRequestCountPerTarget"]

METRICS: tuple[Metric, ...] = get_args(Metric)
