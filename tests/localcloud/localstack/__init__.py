"""Tests of LocalStack. A package, so that theirs stops after the last of them, not at the end of the run."""
