"""Lambda function behind an API Gateway REST API."""
