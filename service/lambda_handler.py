"""Where Lambda enters: `service.lambda_handler.handler`."""

import gc

# What is imported stays for good: to look for garbage meanwhile takes time and finds none.
gc.disable()

from service.aws_lambda.handler import answer as handler  # noqa: E402 (that is the point)

# Nor need anybody look through it again later, between the requests.
gc.freeze()
gc.enable()

__all__ = ["handler"]
