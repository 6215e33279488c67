"""EC2: launch templates read back as they were written; a stopped member of a group is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from localstack.services.ec2.provider import Ec2Provider
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service
from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends

from scalable_models_localstack.autoscaling.backend import EC2_CHECK, Backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from localstack.aws.api import RequestContext
    from localstack.aws.skeleton import Skeleton
    from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

    from scalable_models_localstack.dispatch import Answer, Answers, Parameters

_written: WeakKeyDictionary[LaunchTemplateVersion, Parameters] = WeakKeyDictionary()
"""What each version was made of; moto loses tags and the network interfaces' groups on the way."""


def serve() -> Service:
    """Serve EC2 as LocalStack does, with our word after its."""
    service = Service.for_provider(Ec2Provider(), MotoFallbackDispatcher)
    answers = cast("Answers", cast("Skeleton", service.skeleton).dispatch_table)
    for name, amend in _AMENDED.items():
        answers[name] = _then(answers[name], amend)
    return service


def _then(answer: Answer, amend: Callable[[RequestContext, Parameters, Parameters], None]) -> Answer:
    def amended(context: RequestContext, request: Parameters) -> Parameters:
        found = answer(context, request)
        amend(context, request, found)
        return found

    return amended


def _template_created(context: RequestContext, request: Parameters, answer: Parameters) -> None:
    template = _template(context, answer["LaunchTemplate"])
    _written[template.latest_version()] = request["LaunchTemplateData"]


def _version_created(context: RequestContext, request: Parameters, answer: Parameters) -> None:
    """Take over from the source version what the new one doesn't say; moto ignores the source."""
    template = _template(context, answer["LaunchTemplateVersion"])
    version = template.latest_version()
    _written[version] = request["LaunchTemplateData"]
    if "SourceVersion" in request:
        source = template.get_version(request["SourceVersion"])
        version.data = source.data | version.data
        _written[version] = _written[source] | _written[version]


def _versions_described(context: RequestContext, _request: Parameters, answer: Parameters) -> None:
    for described in answer["LaunchTemplateVersions"]:
        template = _template(context, described)
        number = described["VersionNumber"]
        version = template.get_version(number)
        described["LaunchTemplateData"] = _written.get(version, described["LaunchTemplateData"])
        # moto compares a method with a number here.
        described["DefaultVersion"] = number == template.default_version_number


def _instances_stopped(context: RequestContext, request: Parameters, _answer: Parameters) -> None:
    """A group replaces a stopped member as it does a terminated one; moto forgets the former."""
    groups = cast("Backend", autoscaling_backends[context.account_id][context.region])
    groups.take_out_of_service(request["InstanceIds"], EC2_CHECK)


def _template(context: RequestContext, described: Parameters) -> LaunchTemplate:
    return ec2_backends[context.account_id][context.region].get_launch_template(described["LaunchTemplateId"])


_AMENDED: Final = {
    "CreateLaunchTemplate": _template_created,
    "CreateLaunchTemplateVersion": _version_created,
    "DescribeLaunchTemplateVersions": _versions_described,
    "StopInstances": _instances_stopped,
}
