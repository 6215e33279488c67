"""Serving benchmark: requests per second of this service and of other servers, measured with wrk."""
