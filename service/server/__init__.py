"""HTTP server process: protocol, timeouts, workers and graceful shutdown."""
