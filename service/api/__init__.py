"""FastAPI application: routes, validation, errors and OpenAPI."""
