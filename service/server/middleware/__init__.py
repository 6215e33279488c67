"""ASGI middleware: limits, compression, request context, HEAD and lifespan."""
