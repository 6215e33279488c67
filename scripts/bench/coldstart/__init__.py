"""Cold start benchmark: time from process start to first answer of a function."""
