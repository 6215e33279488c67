"""AWS Lambda handler: REST API events in, responses out."""
