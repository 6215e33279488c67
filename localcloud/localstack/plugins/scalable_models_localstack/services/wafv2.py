"""AWS WAF with the associations of web ACLs and resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from moto.wafv2.models import wafv2_backends

from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.wafv2.models import WAFV2Backend

RESOURCE_TYPES: Final = {
    "APPLICATION_LOAD_BALANCER": ":loadbalancer/app/",
    "API_GATEWAY": ":/restapis/",
}
"""Resource type -> common part of its ARNs."""


def _associate(context: RequestContext, request: Parameters) -> Parameters:
    """Replace the web ACL of a resource, where moto would keep both."""
    backend = _backend(context)
    if request["WebACLArn"] in backend.wacls:
        backend.disassociate_web_acl(request["ResourceArn"])
    return answer_with_moto(context, request)


def _list_resources(context: RequestContext, request: Parameters) -> Parameters:
    """List the resources of a web ACL, which moto stores but does not return."""
    acl = _backend(context).wacls.get(request["WebACLArn"])
    mark = RESOURCE_TYPES.get(request.get("ResourceType", "APPLICATION_LOAD_BALANCER"))
    return {"ResourceArns": [arn for arn in acl.associated_resources if mark and mark in arn] if acl else []}


def _backend(context: RequestContext) -> WAFV2Backend:
    return wafv2_backends[context.account_id][context.region]


OVERRIDES: Final[OperationHandlers] = {
    "AssociateWebACL": _associate,
    "ListResourcesForWebACL": _list_resources,
}
