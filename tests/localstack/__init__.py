"""Tests of a local cloud. A package, so that it stops after them: idle, it takes a fifth of a core."""
