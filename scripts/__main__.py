"""Command `iris` without an installation: `python -m scripts`, in the project's folder."""

from scripts.cli import main

main(prog_name="iris")
