"""Live console of the running cloud: its page in a real browser, and its view in a real terminal."""
