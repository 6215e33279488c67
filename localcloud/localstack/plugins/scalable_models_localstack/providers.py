"""Service providers, loaded by LocalStack's plugin manager.

LocalStack's open edition provides only API Gateway's REST APIs, EC2, Lambda and S3 of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstack.services.plugins import aws_provider

if TYPE_CHECKING:
    from localstack.services.plugins import Service


@aws_provider(api="apigateway", name="repaired")
def apigateway() -> Service:
    """Create API Gateway's REST APIs: LocalStack's provider with repairs."""
    from scalable_models_localstack.services.apigateway import create_service

    return create_service()


@aws_provider(api="application-autoscaling")
def application_autoscaling() -> Service:
    """Create Application Auto Scaling, which scales a function's provisioned concurrency."""
    from scalable_models_localstack.dispatch import moto_service

    return moto_service("application-autoscaling")


@aws_provider(api="autoscaling")
def autoscaling() -> Service:
    """Create EC2 Auto Scaling."""
    from scalable_models_localstack.autoscaling import backend, provider
    from scalable_models_localstack.autoscaling.scaling import clock
    from scalable_models_localstack.dispatch import moto_service

    backend.install()
    clock.start()
    return moto_service("autoscaling", provider.OVERRIDES)


@aws_provider(api="budgets")
def budgets() -> Service:
    """Create AWS Budgets."""
    from scalable_models_localstack.dispatch import moto_service

    return moto_service("budgets")


@aws_provider(api="cloudwatch", name="repaired")
def cloudwatch() -> Service:
    """Create CloudWatch: LocalStack's provider with percentiles and all alarms."""
    from scalable_models_localstack.cloudwatch.provider import create_service

    return create_service()


@aws_provider(api="ec2", name="repaired")
def ec2() -> Service:
    """Create EC2: LocalStack's provider with repairs."""
    from scalable_models_localstack.autoscaling import backend
    from scalable_models_localstack.services.ec2 import create_service

    backend.install()
    return create_service()


@aws_provider(api="elbv2")
def elbv2() -> Service:
    """Create Elastic Load Balancing with its Application Load Balancers."""
    from scalable_models_localstack.dispatch import moto_service
    from scalable_models_localstack.services import listener_rules
    from scalable_models_localstack.services.elbv2 import OVERRIDES

    listener_rules.install()
    return moto_service("elbv2", OVERRIDES)


@aws_provider(api="guardduty")
def guardduty() -> Service:
    """Create GuardDuty."""
    from scalable_models_localstack.dispatch import moto_service

    return moto_service("guardduty")


@aws_provider(api="lambda", name="repaired")
def lambda_() -> Service:
    """Create Lambda: LocalStack's provider with a repair."""
    from scalable_models_localstack.services.lambda_ import create_service

    return create_service()


@aws_provider(api="s3", name="repaired")
def s3() -> Service:
    """Create S3: LocalStack's provider, with the objects in this LocalStack's own folder.

    By default LocalStack stores them in one folder of `/tmp` for all users and all LocalStacks of a machine:
    a second user cannot write there, and objects remain when LocalStack is killed.
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
    """Create Service Quotas, with moto's quotas of VPCs."""
    from scalable_models_localstack.dispatch import moto_service

    return moto_service("service-quotas")


@aws_provider(api="wafv2")
def wafv2() -> Service:
    """Create AWS WAF."""
    from scalable_models_localstack.dispatch import moto_service
    from scalable_models_localstack.services.wafv2 import OVERRIDES

    return moto_service("wafv2", OVERRIDES)
