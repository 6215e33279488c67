"""Helpers that several commands share: options, progress, atomic writes, runs of other programs."""
