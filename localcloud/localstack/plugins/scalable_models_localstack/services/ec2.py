"""EC2 with unchanged launch template data and replacement of stopped instances of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.services.ec2.provider import Ec2Provider
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service
from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends

if TYPE_CHECKING:
    from collections.abc import Callable

    from localstack.aws.skeleton import Skeleton
    from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

    from scalable_models_localstack.autoscaling.backend import ScalingBackend
    from scalable_models_localstack.dispatch import OperationHandler, OperationHandlers, Parameters

_template_data: WeakKeyDictionary[LaunchTemplateVersion, Parameters] = WeakKeyDictionary()
"""Data of each version as requested; moto loses tags and the network interfaces' security groups."""


def create_service() -> Service:
    """Create LocalStack's EC2 with amended responses."""
    service = Service.for_provider(Ec2Provider(), MotoFallbackDispatcher)
    handlers = cast("OperationHandlers", cast("Skeleton", service.skeleton).dispatch_table)
    for name, amend in _AMENDMENTS.items():
        handlers[name] = _amended(handlers[name], amend)
    handlers["RebootInstances"] = _reboot_instances
    handlers["StartInstances"] = _checked_start(handlers["StartInstances"])
    return service


def _amended(
    handler: OperationHandler, amend: Callable[[RequestContext, Parameters, Parameters], None]
) -> OperationHandler:
    def handle(context: RequestContext, request: Parameters) -> Parameters:
        response = handler(context, request)
        amend(context, request, response)
        return response

    return handle


def _template_created(context: RequestContext, request: Parameters, answer: Parameters) -> None:
    template = _template(context, answer["LaunchTemplate"])
    _template_data[template.latest_version()] = request["LaunchTemplateData"]


def _version_created(context: RequestContext, request: Parameters, answer: Parameters) -> None:
    """Add the source version's data, which moto ignores."""
    template = _template(context, answer["LaunchTemplateVersion"])
    version = template.latest_version()
    _template_data[version] = request["LaunchTemplateData"]
    if "SourceVersion" in request:
        source = template.get_version(request["SourceVersion"])
        version.data = source.data | version.data
        _template_data[version] = _template_data[source] | _template_data[version]


def _versions_described(context: RequestContext, _request: Parameters, answer: Parameters) -> None:
    for described in answer["LaunchTemplateVersions"]:
        template = _template(context, described)
        number = described["VersionNumber"]
        version = template.get_version(number)
        described["LaunchTemplateData"] = _template_data.get(version, described["LaunchTemplateData"])
        # moto compares the number with a method.
        described["DefaultVersion"] = number == template.default_version_number


def _instances_run(context: RequestContext, request: Parameters, answer: Parameters) -> None:
    """Tag instances with their launch template and its version, as EC2 does and moto does not."""
    named: Parameters | None = request.get("LaunchTemplate")
    if named is None:
        return
    ec2 = ec2_backends[context.account_id][context.region]
    template = (
        ec2.get_launch_template(named["LaunchTemplateId"])
        if "LaunchTemplateId" in named
        else ec2.get_launch_template_by_name(named["LaunchTemplateName"])
    )
    version = template.get_version(named.get("Version", "$Default"))
    tags = {"aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": str(version.number)}
    ec2.create_tags([instance["InstanceId"] for instance in answer["Instances"]], tags)


def _instances_stopped(context: RequestContext, request: Parameters, _answer: Parameters) -> None:
    """Replace stopped instances of a group like terminated ones, which moto does not."""
    _groups(context).notify_terminate_instances(request["InstanceIds"])


def _reboot_instances(_context: RequestContext, _request: Parameters) -> Parameters:
    """Refuse the reboot, which moto answers without any effect."""
    raise _unsupported("No instance is rebooted here: stop it in standby, and start it")


def _checked_start(handler: OperationHandler) -> OperationHandler:
    """Return a start of instances that refuses those of no group, which have no process here."""

    def handle(context: RequestContext, request: Parameters) -> Parameters:
        groups = _groups(context).autoscaling_groups.values()
        members = {state.instance.id for group in groups for state in group.instance_states}
        if strangers := [name for name in request["InstanceIds"] if name not in members]:
            raise _unsupported(f"No instance without an Auto Scaling group is started here: {strangers[0]}")
        return handler(context, request)

    return handle


def _unsupported(message: str) -> CommonServiceException:
    return CommonServiceException("UnsupportedOperation", message, sender_fault=True)


def _groups(context: RequestContext) -> ScalingBackend:
    return cast("ScalingBackend", autoscaling_backends[context.account_id][context.region])


def _template(context: RequestContext, described: Parameters) -> LaunchTemplate:
    return ec2_backends[context.account_id][context.region].get_launch_template(described["LaunchTemplateId"])


_AMENDMENTS: Final = {
    "CreateLaunchTemplate": _template_created,
    "CreateLaunchTemplateVersion": _version_created,
    "DescribeLaunchTemplateVersions": _versions_described,
    "RunInstances": _instances_run,
    "StopInstances": _instances_stopped,
}
