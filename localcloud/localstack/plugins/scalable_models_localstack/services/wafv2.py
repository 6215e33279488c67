"""WAF: which resources a web ACL protects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from moto.wafv2.models import wafv2_backends

from scalable_models_localstack.dispatch import Answers, Parameters, ask_moto

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.wafv2.models import WAFV2Backend

RESOURCE_TYPES: Final = {
    "APPLICATION_LOAD_BALANCER": ":loadbalancer/app/",
    "API_GATEWAY": ":/restapis/",
}
"""What the ARNs of a resource type have in common."""


def _associate(context: RequestContext, request: Parameters) -> Parameters:
    """A resource has one web ACL: a second takes the first one's place, where moto would keep both."""
    backend = _backend(context)
    if request["WebACLArn"] in backend.wacls:
        backend.disassociate_web_acl(request["ResourceArn"])
    return ask_moto(context, request)


def _list_resources(context: RequestContext, request: Parameters) -> Parameters:
    """List what a web ACL stands in front of: moto knows it and doesn't tell."""
    acl = _backend(context).wacls.get(request["WebACLArn"])
    mark = RESOURCE_TYPES.get(request.get("ResourceType", "APPLICATION_LOAD_BALANCER"))
    return {"ResourceArns": [arn for arn in acl.associated_resources if mark and mark in arn] if acl else []}


def _backend(context: RequestContext) -> WAFV2Backend:
    return wafv2_backends[context.account_id][context.region]


REPAIRED: Final[Answers] = {"AssociateWebACL": _associate, "ListResourcesForWebACL": _list_resources}
