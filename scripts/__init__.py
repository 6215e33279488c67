"""Subcommands of `iris`, one folder each."""
