"""Monthly bill of a fleet or a function, line by line."""
