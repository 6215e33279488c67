"""Commands `iris cost`, `iris load` and `iris prices`."""
