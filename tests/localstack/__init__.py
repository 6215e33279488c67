"""Tests of a local cloud. A package, so that their cloud stops after the last of them: idle, it takes a fifth of a core."""
