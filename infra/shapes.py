"""Shapes of a stack: the components of the fleet and of the function, wired to one another.

Components never import each other; only this module and `__main__` connect them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi

from infra.fleet.auto_scaling_group import AutoScalingGroup, AutoScalingGroupArgs
from infra.fleet.config import FleetConfig
from infra.load_balancer.application_load_balancer import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerArgs,
    Https,
)
from infra.monitoring.metrics import FleetMetrics, FunctionMetrics
from infra.network.certificate import Certificate, CertificateArgs
from infra.network.interface_endpoints import InterfaceEndpoints, InterfaceEndpointsArgs
from infra.network.security_groups import SecurityGroups, SecurityGroupsArgs
from infra.network.vpc import Vpc, VpcArgs
from infra.serverless.config import LambdaConfig
from infra.serverless.custom_domain import CustomDomain, CustomDomainArgs
from infra.serverless.function import LambdaFunction, LambdaFunctionArgs
from infra.serverless.rest_api import RestApi, RestApiArgs
from infra.stack_config import SideBySide
from infra.storage.archive import FUNCTION_KEY, SERVICE_KEY, find_archive
from infra.storage.log_bucket import ACCESS_PREFIX, CONNECTIONS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.monitoring.metrics import ShapeMetrics
    from infra.network.domain_config import Domain
    from infra.stack_config import StackConfig
    from infra.storage.archive import Archive
    from infra.storage.artifact_bucket import ArtifactBucket
    from infra.storage.log_bucket import LogBucket

SERVICE_PORT: Final = 8080
"""TCP port of the service on an instance, open to the load balancer only."""


@dataclass(frozen=True, kw_only=True)
class ShapeArgs:
    """Arguments of every shape."""

    config: StackConfig
    region: pulumi.Input[str]
    logs: LogBucket
    archives: ArtifactBucket
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


@dataclass(frozen=True, kw_only=True)
class DeployedShape:
    """Outputs of one shape."""

    url: pulumi.Output[str]
    """URL of the service, without a trailing slash."""
    endpoint: tuple[str, pulumi.Output[str]]
    """Endpoint for the web ACL: suffix of the resource name, and ARN."""
    metrics: ShapeMetrics
    exports: Mapping[str, pulumi.Output[str]]
    """Stack outputs of this shape only."""


def find_archives(config: StackConfig) -> dict[str, Archive]:
    """Return the archives of the configured shapes, by S3 key.

    Raises:
        MissingArchiveError: A file is missing or packing failed.
    """

    def service() -> Archive:
        return find_archive(config.general.archive, key="archive", target=f"aws-{config.architecture}")

    def function() -> Archive:
        target = f"lambda-{config.architecture}"
        return find_archive(config.general.function_archive, key="functionArchive", target=target)

    match config.compute:
        case FleetConfig():
            return {SERVICE_KEY: service()}
        case LambdaConfig():
            return {FUNCTION_KEY: function()}
        case SideBySide():
            return {SERVICE_KEY: service(), FUNCTION_KEY: function()}


def create_shapes(args: ShapeArgs) -> list[DeployedShape]:
    """Create the configured shapes; the URL of the first one is the URL of the stack."""
    match args.config.compute:
        case FleetConfig() as fleet:
            return [create_fleet(fleet, args)]
        case LambdaConfig() as function:
            return [create_function(function, args)]
        case SideBySide(fleet=fleet, function=function):
            return [create_fleet(fleet, args), create_function(function, args)]


def create_fleet(config: FleetConfig, args: ShapeArgs) -> DeployedShape:
    """Create the instances, their load balancer and their VPC."""
    vpc = Vpc(
        "iris",
        VpcArgs(
            config=config.network,
            instance_types=[instance_type.name for instance_type in config.instances.types],
            region=args.region,
            bucket=args.archives.bucket,
            flow_logs_arn=args.logs.flows_arn,
            tags=args.tags,
        ),
    )
    groups = SecurityGroups(
        "iris",
        SecurityGroupsArgs(
            vpc_id=vpc.vpc_id,
            service_port=SERVICE_PORT,
            s3_prefix_list_id=vpc.s3_prefix_list_id,
            has_nat=config.network.nat_gateways != "none",
            has_endpoints=bool(config.network.interface_endpoints),
            tags=args.tags,
        ),
    )
    balancer = ApplicationLoadBalancer(
        "iris",
        ApplicationLoadBalancerArgs(
            config=config.load_balancer,
            target_group=config.target_group,
            vpc_id=vpc.vpc_id,
            vpc_cidr=str(config.network.vpc_cidr),
            subnet_ids=vpc.public_subnet_ids,
            security_group_id=groups.balancer_id,
            open_http=groups.open_http,
            open_https=groups.open_https,
            service_port=SERVICE_PORT,
            log_bucket=args.logs.bucket,
            access_prefix=ACCESS_PREFIX,
            connections_prefix=CONNECTIONS_PREFIX,
            https=_https(config, args),
            protected=args.config.general.deletion_protection,
            tags=args.tags,
        ),
    )
    archive = args.archives.stored[SERVICE_KEY]
    fleet = AutoScalingGroup(
        "iris",
        AutoScalingGroupArgs(
            config=config,
            region=args.region,
            archive_uri=archive.uri,
            archive_version=archive.version,
            archive_sha256=archive.sha256,
            archive_arn=archive.object_arn,
            service_port=SERVICE_PORT,
            subnet_ids=_instance_subnets(config, args, vpc, groups),
            security_group_id=groups.instances_id,
            target_group_arn=balancer.target_group_arn,
            load_balancer_metric_name=balancer.metric_name,
            target_group_metric_name=balancer.target_group_metric_name,
            log_retention_days=args.config.general.log_retention_days,
            protected=args.config.general.deletion_protection,
            tags=args.tags,
        ),
    )
    return DeployedShape(
        url=balancer.url,
        endpoint=("balancer", balancer.arn),
        metrics=FleetMetrics(
            load_balancer=balancer.metric_name,
            target_group=balancer.target_group_metric_name,
            group=fleet.group_name,
            instance_type=config.instances.instance_type.name,
            replacement_seconds=config.replacement_seconds,
        ),
        exports={
            "archive": archive.uri,
            "archiveVersion": archive.version,
            "vpcId": vpc.vpc_id,
            "loadBalancerArn": balancer.arn,
            "targetGroupArn": balancer.target_group_arn,
            "autoScalingGroup": fleet.group_name,
            "launchTemplate": fleet.launch_template_id,
        },
    )


def _https(config: FleetConfig, args: ShapeArgs) -> Https | None:
    """Create the certificate of the load balancer, if it has a domain."""
    if (domain := config.domain) is None:
        return None
    certificate = _certificate(domain, args)
    return Https(certificate_arn=certificate.arn, name=domain.name, zone_id=certificate.zone_id)


def _certificate(domain: Domain, args: ShapeArgs) -> Certificate:
    """Create the certificate of a domain name.

    It is called by that name, as is the address record: when the name moves from one shape to the other,
    they stay and change in place. Route 53 has one record of a name, and Pulumi creates before it deletes.
    """
    return Certificate(domain.name, CertificateArgs(domain=domain, tags=args.tags))


def _instance_subnets(
    config: FleetConfig, args: ShapeArgs, vpc: Vpc, groups: SecurityGroups
) -> pulumi.Output[list[str]]:
    """Create the interface endpoints, if any; return the subnets of the instances once they exist."""
    if groups.endpoints_id is None:
        return vpc.private_subnet_ids
    return InterfaceEndpoints(
        "iris",
        InterfaceEndpointsArgs(
            services=config.network.interface_endpoints,
            region=args.region,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.private_subnet_ids,
            security_group_id=groups.endpoints_id,
            tags=args.tags,
        ),
    ).subnet_ids


def create_function(config: LambdaConfig, args: ShapeArgs) -> DeployedShape:
    """Create the function, its REST API and, with a domain, its custom domain name."""
    archive = args.archives.stored[FUNCTION_KEY]
    function = LambdaFunction(
        "iris",
        LambdaFunctionArgs(
            config=config,
            architecture=args.config.architecture,
            bucket=args.archives.bucket,
            archive_key=FUNCTION_KEY,
            archive_version=archive.version,
            log_retention_days=args.config.general.log_retention_days,
            tags=args.tags,
        ),
    )
    domain = _custom_domain(config, args)
    api = RestApi(
        "iris",
        RestApiArgs(
            config=config,
            function_name=function.function_name,
            alias_name=function.alias_name,
            invoke_arn=function.invoke_arn,
            custom_domain=[domain.name, domain.record] if domain else [],
            log_retention_days=args.config.general.log_retention_days,
            tags=args.tags,
        ),
    )
    url = domain.map_stage(api.api_id, api.stage_name) if domain else api.url
    return DeployedShape(
        url=url,
        endpoint=("stage", api.stage_arn),
        metrics=FunctionMetrics(
            function=function.function_name,
            alias=pulumi.Output.concat(function.function_name, ":", function.alias_name),
            api=api.api_name,
            stage=api.stage_name,
            memory_mb=config.function.function_memory_mb,
            architecture=args.config.architecture,
            client_errors=api.client_errors,
        ),
        exports={
            "functionArchive": archive.uri,
            "functionArchiveVersion": archive.version,
            "apiUrl": url,
            "restApiId": api.api_id,
            "apiStage": api.stage_name,
            "functionName": function.function_name,
            "functionAlias": function.alias_name,
            "functionVersion": function.version,
        },
    )


def _custom_domain(config: LambdaConfig, args: ShapeArgs) -> CustomDomain | None:
    """Create the custom domain name of the API and its certificate, if it has a domain."""
    if config.domain is None:
        return None
    certificate = _certificate(config.domain, args)
    return CustomDomain(
        "iris",
        CustomDomainArgs(
            domain=config.domain,
            certificate_arn=certificate.arn,
            zone_id=certificate.zone_id,
            tags=args.tags,
        ),
    )
