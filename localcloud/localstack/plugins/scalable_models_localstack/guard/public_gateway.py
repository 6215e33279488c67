"""Gateway to the REST APIs of deployed stages, which leads nowhere else.

LocalStack guesses from a request's headers, query and form which AWS API it is for, if no route of its own
matches. Requests without a signature go through this gateway, in which that part is missing: what is not a
deployed stage is not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from localstack.aws import handlers
from localstack.aws.gateway import Gateway
from localstack.aws.handlers.fallback import EmptyResponseHandler

if TYPE_CHECKING:
    from rolo.gateway import Gateway as AnyGateway


def make_public_gateway(gateway: AnyGateway) -> Gateway:
    """Make the public gateway beside LocalStack's own."""
    # LocalStack's handlers and rolo's differ in their types by name only.
    own = cast("Any", gateway)
    return Gateway(
        request_handlers=[
            handlers.handle_runtime_shutdown,
            handlers.content_decoder,
            handlers.serve_edge_router_rules,
            EmptyResponseHandler(404, b'{"message": "Not Found"}'),
        ],
        response_handlers=[cast("Any", handlers.log_response)],
        finalizers=own.finalizers,
        exception_handlers=own.exception_handlers,
    )
