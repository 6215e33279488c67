"""Lessons, one module for each idea: its measurement, its table and its sentence."""
