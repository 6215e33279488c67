"""AWS WAF with the associations of web ACLs and resources."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moto.wafv2.models import wafv2_backends

from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto
from scalable_models_localstack.services.sampled_requests import latest_samples

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.wafv2.models import WAFV2Backend

RESOURCE_TYPES: Final = {
    "APPLICATION_LOAD_BALANCER": ":loadbalancer/app/",
    "API_GATEWAY": ":/restapis/",
}
"""Resource type -> common part of its ARNs."""

SAMPLES: Final = "LOCAL_CLOUD_FIREWALL_SAMPLES"
"""Variable with the path of the firewall's samples: a JSON object, metric name of a rule -> requests in the
form of GetSampledRequests, oldest first, their times in seconds since 1970."""


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


def _get_sampled_requests(_context: RequestContext, request: Parameters) -> Parameters:
    """Return the latest requests that matched a rule in a time window, which moto does not have."""
    window = request["TimeWindow"]
    latest, number = latest_samples(
        _read_samples().get(request["RuleMetricName"], []),
        start=_seconds(window["StartTime"]),
        end=_seconds(window["EndTime"]),
        maximum=request["MaxItems"],
    )
    return {
        "SampledRequests": [
            {**each, "Timestamp": datetime.fromtimestamp(each["Timestamp"]).astimezone()} for each in latest
        ],
        "PopulationSize": number,
        "TimeWindow": window,
    }


def _read_samples() -> dict[str, list[dict[str, Any]]]:
    file = os.environ.get(SAMPLES)
    if file is None or not Path(file).exists():
        return {}
    samples: dict[str, list[dict[str, Any]]] = json.loads(Path(file).read_text(encoding="utf-8"))
    return samples


def _seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)


def _backend(context: RequestContext) -> WAFV2Backend:
    return wafv2_backends[context.account_id][context.region]


OVERRIDES: Final[OperationHandlers] = {
    "AssociateWebACL": _associate,
    "GetSampledRequests": _get_sampled_requests,
    "ListResourcesForWebACL": _list_resources,
}
