"""Cold start of the function: process start to first answer, side by side."""
