"""The `iris` command where the project is not installed: `python -m scripts`, from its folder."""

from scripts.cli import main

main(prog_name="iris")
