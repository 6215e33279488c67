"""Fast path: quicker answers to the most frequent requests, byte for byte those of the framework.

`classify` and `batch` compute them; `asgi`, `http_protocol` and `lambda_events` put `classify` in front of
the application, the HTTP server and the Lambda handler. Unusual requests are left to the framework.
"""
