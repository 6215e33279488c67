"""Decoding of compressed requests to the AWS API, with a limit of the decoded size."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from localstack.aws.handlers.codec import ContentDecoder

from scalable_models_localstack.services.compression import BodyTooLargeError, CodingError, gunzip

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from localstack.http import Response
    from rolo.gateway.chain import HandlerChain


class LimitedContentDecoder(ContentDecoder):
    """LocalStack's decoder, which decodes at most as much as API Gateway.

    Clients compress only PutMetricData, whose requests are smaller.
    """

    def __call__(
        self, chain: HandlerChain[RequestContext], context: RequestContext, response: Response
    ) -> None:
        """Decode the body of a request."""
        request = cast("Any", context.request)
        encoded = request.stream
        cast("Any", super()).__call__(chain, context, response)
        if request.stream is encoded:
            return
        try:
            request.stream = BytesIO(gunzip(encoded.read()))
        except BodyTooLargeError as error:
            _refuse(chain, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)
        except CodingError as error:
            _refuse(chain, HTTPStatus.BAD_REQUEST, error)


def _refuse(chain: HandlerChain[RequestContext], status: HTTPStatus, error: ValueError) -> None:
    cast("Any", chain).respond(status, {"message": str(error)})
    chain.stop()
