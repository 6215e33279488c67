"""The services, as LocalStack's plugin manager finds them.

LocalStack's open edition has none of them but API Gateway's REST APIs, EC2, Lambda and S3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstack.services.plugins import aws_provider

if TYPE_CHECKING:
    from localstack.services.plugins import Service


@aws_provider(api="apigateway", name="repaired")
def apigateway() -> Service:
    """API Gateway's REST APIs as LocalStack has them, with repairs."""
    from scalable_models_localstack.services import apigateway as rest_api

    return rest_api.serve()


@aws_provider(api="application-autoscaling")
def application_autoscaling() -> Service:
    """Application Auto Scaling, which scales a function's provisioned concurrency."""
    from scalable_models_localstack.dispatch import serve

    return serve("application-autoscaling")


@aws_provider(api="autoscaling")
def autoscaling() -> Service:
    """EC2 Auto Scaling."""
    from scalable_models_localstack.autoscaling import backend
    from scalable_models_localstack.autoscaling import provider as autoscaling
    from scalable_models_localstack.dispatch import serve

    backend.install()
    return serve("autoscaling", autoscaling.REPAIRED)


@aws_provider(api="budgets")
def budgets() -> Service:
    """Budgets."""
    from scalable_models_localstack.dispatch import serve

    return serve("budgets")


@aws_provider(api="ec2", name="repaired")
def ec2() -> Service:
    """EC2 as LocalStack has it, with repairs."""
    from scalable_models_localstack.autoscaling import backend
    from scalable_models_localstack.services import ec2

    backend.install()
    return ec2.serve()


@aws_provider(api="elbv2")
def elbv2() -> Service:
    """Elastic Load Balancing's application load balancers."""
    from scalable_models_localstack.dispatch import serve
    from scalable_models_localstack.services import elbv2, listener_rules

    listener_rules.install()
    return serve("elbv2", elbv2.REPAIRED)


@aws_provider(api="guardduty")
def guardduty() -> Service:
    """GuardDuty."""
    from scalable_models_localstack.dispatch import serve

    return serve("guardduty")


@aws_provider(api="lambda", name="repaired")
def lambda_() -> Service:
    """Lambda as LocalStack has it, with a repair."""
    from scalable_models_localstack.services import lambda_ as aliases

    return aliases.serve()


@aws_provider(api="s3", name="repaired")
def s3() -> Service:
    """S3 as LocalStack has it, with its objects in this LocalStack's own folder.

    LocalStack's own provider keeps them in one folder of `/tmp`, for all users and all LocalStacks of a
    machine: a second user may not write there, and objects stay when LocalStack is killed.
    """
    import tempfile
    from pathlib import Path

    from localstack.services.plugins import Service
    from localstack.services.s3.provider import S3Provider
    from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore

    objects = Path(tempfile.gettempdir()) / "s3"
    return Service.for_provider(S3Provider(EphemeralS3ObjectStore(str(objects))))


@aws_provider(api="service-quotas")
def service_quotas() -> Service:
    """Service Quotas, of which moto knows those of VPCs."""
    from scalable_models_localstack.dispatch import serve

    return serve("service-quotas")


@aws_provider(api="wafv2")
def wafv2() -> Service:
    """The web application firewall."""
    from scalable_models_localstack.dispatch import serve
    from scalable_models_localstack.services import wafv2

    return serve("wafv2", wafv2.REPAIRED)
