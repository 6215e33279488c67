"""Entry point of the Lambda function: `service.lambda_handler.handler`."""

import gc

# Imported objects live forever: collecting garbage meanwhile would take time and find none.
gc.disable()

from service.aws_lambda.handler import handle_event as handler  # noqa: E402 (after gc.disable())

# Later collections, between requests, skip them too.
gc.freeze()
gc.enable()

__all__ = ["handler"]
