"""Gateway to the REST APIs of deployed stages only.

If no route matches, LocalStack guesses a request's AWS API from its headers, query and form. This gateway for
requests without a signature lacks that part: it answers 404 for everything except deployed stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from localstack.aws import handlers
from localstack.aws.gateway import Gateway
from localstack.aws.handlers.fallback import EmptyResponseHandler

if TYPE_CHECKING:
    from rolo.gateway import Gateway as AnyGateway


def create_public_gateway(gateway: AnyGateway) -> Gateway:
    """Create the public gateway from LocalStack's own."""
    # The handler types of LocalStack and rolo differ only in their names.
    own = cast("Any", gateway)
    return Gateway(
        request_handlers=[
            handlers.handle_runtime_shutdown,
            handlers.serve_edge_router_rules,
            EmptyResponseHandler(404, b'{"message": "Not Found"}'),
        ],
        response_handlers=[cast("Any", handlers.log_response)],
        finalizers=own.finalizers,
        exception_handlers=own.exception_handlers,
    )
