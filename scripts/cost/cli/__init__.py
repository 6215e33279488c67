"""Commands `iris cost`, `iris capacity` and `iris prices`."""
