"""Live console of a local cloud: a page on loopback, or lines in a terminal."""
