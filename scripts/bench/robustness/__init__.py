"""How the service takes requests that nobody should send."""
