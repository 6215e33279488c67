"""Command `iris local`: start, status and stop of the local cloud."""
