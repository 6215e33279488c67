"""The stack: configuration in, components wired, names out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

# Pulumi runs the program by its path, in an environment that holds the project only after `make install`.
if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

import pulumi
import pulumi_aws as aws

# Not pulumi.Config, which answers for one key at a time: only the whole table shows keys that nobody knows.
from pulumi.runtime import config as pulumi_config

from infra.firewall.web_acl import Firewall, FirewallArgs
from infra.fleet.auto_scaling_group import Fleet, FleetArgs
from infra.fleet.config import FleetConfig
from infra.load_balancer.application_load_balancer import Https, LoadBalancer, LoadBalancerArgs
from infra.monitoring.budget import Budget, BudgetArgs
from infra.monitoring.cloudwatch import Observability, ObservabilityArgs
from infra.monitoring.guard_duty import Detection, DetectionArgs
from infra.monitoring.metrics import FirewallSignals, FleetSignals, FunctionSignals
from infra.monitoring.notifications import Notifications, NotificationsArgs
from infra.network.certificate import Certificate, CertificateArgs
from infra.network.interface_endpoints import Endpoints, EndpointsArgs
from infra.network.security_groups import SecurityGroups, SecurityGroupsArgs
from infra.network.vpc import Network, NetworkArgs
from infra.reference_data.check import check_reference_data
from infra.reference_data.csv_rows import ReferenceDataError
from infra.serverless.config import LambdaConfig
from infra.serverless.custom_domain import CustomDomain, CustomDomainArgs
from infra.serverless.function import Serverless, ServerlessArgs
from infra.serverless.rest_api import RestApi, RestApiArgs
from infra.stack_config import ConfigError, SideBySide, load_config
from infra.storage.archive import ArchiveError, find_archive
from infra.storage.artifact_bucket import FUNCTION, SERVICE, Artifact, ArtifactArgs
from infra.storage.log_bucket import ACCESS, BUCKETS, CONNECTIONS, LogBucket, LogBucketArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.monitoring.metrics import Signals
    from infra.monitoring.notifications import Teller
    from infra.stack_config import Compute, StackConfig
    from infra.storage.archive import Archive

SERVICE_PORT: Final = 8080
"""Where the service listens on an instance; only the load balancer reaches it."""


class Wired(NamedTuple):
    """One way of answering requests, once it is wired."""

    url: pulumi.Output[str]
    endpoint: tuple[str, pulumi.Output[str]]
    """A word for what the world reaches, and its ARN."""
    signals: Signals
    exports: Mapping[str, pulumi.Output[str]]
    """What people look for of this shape alone."""


def find_archives(config: StackConfig) -> dict[str, Archive]:
    """Find what the shapes run, by its key in the bucket."""

    def service() -> Archive:
        return find_archive(config.general.archive, key="archive", target=f"aws-{config.architecture}")

    def function() -> Archive:
        target = f"lambda-{config.architecture}"
        return find_archive(config.general.function_archive, key="functionArchive", target=target)

    match config.compute:
        case FleetConfig():
            return {SERVICE: service()}
        case LambdaConfig():
            return {FUNCTION: function()}
        case SideBySide():
            return {SERVICE: service(), FUNCTION: function()}


project, stack = pulumi.get_project(), pulumi.get_stack()
own_values = {
    key.removeprefix(f"{project}:"): value
    for key, value in pulumi_config.CONFIG.get().items()
    if key.startswith(f"{project}:")
}
try:
    check_reference_data()
    config = load_config(own_values)
    archives = find_archives(config)
except (ReferenceDataError, ConfigError, ArchiveError) as mistake:
    # Pulumi shows this one without a trace.
    raise pulumi.RunError(str(mistake)) from None

tags = {"project": project, "stack": stack, "owner": config.general.owner}
region = aws.get_region_output().region
logs = LogBucket(
    "iris",
    LogBucketArgs(
        region=region,
        retention_days=config.general.log_retention_days,
        protected=config.general.deletion_protection,
        tags=tags,
    ),
)
artifact = Artifact(
    "iris",
    ArtifactArgs(
        archives=archives,
        versions={
            key: version
            for key, version in (
                (SERVICE, config.general.archive_version),
                (FUNCTION, config.general.function_archive_version),
            )
            if version and key in archives
        },
        kept_archives=config.general.retained_archives,
        log_bucket=logs.bucket,
        log_prefix=f"{BUCKETS}/archives/",
        protected=config.general.deletion_protection,
        tags=tags,
    ),
)


def make_fleet(fleet_config: FleetConfig) -> Wired:
    """Wire instances behind a load balancer, in a network of their own."""
    network = Network(
        "iris",
        NetworkArgs(
            config=fleet_config.network,
            region=region,
            bucket=artifact.bucket,
            flow_logs_arn=logs.flows_arn,
            tags=tags,
        ),
    )
    services = fleet_config.network.interface_endpoints
    groups = SecurityGroups(
        "iris",
        SecurityGroupsArgs(
            vpc_id=network.vpc_id,
            service_port=SERVICE_PORT,
            s3_prefix_list_id=network.s3_prefix_list_id,
            has_tls=fleet_config.domain is not None,
            has_nat=fleet_config.network.nat_gateways != "none",
            has_endpoints=bool(services),
            tags=tags,
        ),
    )
    instance_subnet_ids = network.private_subnet_ids
    if groups.endpoints_id is not None:
        instance_subnet_ids = Endpoints(
            "iris",
            EndpointsArgs(
                services=services,
                region=region,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                security_group_id=groups.endpoints_id,
                tags=tags,
            ),
        ).subnet_ids
    https = None
    if (domain := fleet_config.domain) is not None:
        certificate = Certificate("iris-balancer", CertificateArgs(domain=domain, tags=tags))
        https = Https(certificate_arn=certificate.arn, name=domain.name, zone_id=certificate.zone_id)
    balancer = LoadBalancer(
        "iris",
        LoadBalancerArgs(
            config=fleet_config.load_balancer,
            target_group=fleet_config.target_group,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            security_group_id=groups.balancer_id,
            service_port=SERVICE_PORT,
            log_bucket=logs.bucket,
            access_prefix=ACCESS,
            connections_prefix=CONNECTIONS,
            https=https,
            protected=config.general.deletion_protection,
            tags=tags,
        ),
    )
    archive = artifact.kept[SERVICE]
    fleet = Fleet(
        "iris",
        FleetArgs(
            config=fleet_config,
            region=region,
            archive_uri=archive.uri,
            archive_version=archive.version,
            archive_sha256=archive.sha256,
            archive_arn=archive.object_arn,
            service_port=SERVICE_PORT,
            subnet_ids=instance_subnet_ids,
            security_group_id=groups.instances_id,
            target_group_arn=balancer.target_group_arn,
            load_balancer_metric_name=balancer.metric_name,
            target_group_metric_name=balancer.target_group_metric_name,
            log_retention_days=config.general.log_retention_days,
            tags=tags,
        ),
    )
    return Wired(
        url=balancer.url,
        endpoint=("balancer", balancer.arn),
        signals=FleetSignals(
            load_balancer=balancer.metric_name,
            target_group=balancer.target_group_metric_name,
            group=fleet.group_name,
            instance_type=fleet_config.instances.instance_type.name,
        ),
        exports={
            "archive": archive.uri,
            "archiveVersion": archive.version,
            "vpcId": network.vpc_id,
            "loadBalancerArn": balancer.arn,
            "targetGroupArn": balancer.target_group_arn,
            "autoScalingGroup": fleet.group_name,
            "launchTemplate": fleet.launch_template_id,
        },
    )


def make_function(lambda_config: LambdaConfig) -> Wired:
    """Wire a function behind a REST API, and a name in front of it where it has one."""
    archive = artifact.kept[FUNCTION]
    serverless = Serverless(
        "iris",
        ServerlessArgs(
            config=lambda_config,
            architecture=config.architecture,
            bucket=artifact.bucket,
            archive_key=FUNCTION,
            archive_version=archive.version,
            log_retention_days=config.general.log_retention_days,
            tags=tags,
        ),
    )
    api = RestApi(
        "iris",
        RestApiArgs(
            config=lambda_config,
            function_name=serverless.function_name,
            alias_name=serverless.alias_name,
            invoke_arn=serverless.invoke_arn,
            log_retention_days=config.general.log_retention_days,
            tags=tags,
        ),
    )
    url = api.url
    if lambda_config.domain is not None:
        certificate = Certificate("iris-api", CertificateArgs(domain=lambda_config.domain, tags=tags))
        url = CustomDomain(
            "iris",
            CustomDomainArgs(
                domain=lambda_config.domain,
                certificate_arn=certificate.arn,
                zone_id=certificate.zone_id,
                api_id=api.api_id,
                stage_name=api.stage_name,
                tags=tags,
            ),
        ).url
    return Wired(
        url=url,
        endpoint=("stage", api.stage_arn),
        signals=FunctionSignals(
            function=serverless.function_name,
            alias=pulumi.Output.concat(serverless.function_name, ":", serverless.alias_name),
            api=api.api_name,
            stage=api.stage_name,
            memory_mb=lambda_config.function.function_memory_mb,
            architecture=config.architecture,
        ),
        exports={
            "functionArchive": archive.uri,
            "functionArchiveVersion": archive.version,
            "apiUrl": url,
            "restApiId": api.api_id,
            "apiStage": api.stage_name,
            "functionName": serverless.function_name,
            "functionAlias": serverless.alias_name,
            "functionVersion": serverless.version,
        },
    )


def make_shapes(compute: Compute) -> list[Wired]:
    """Wire what the configuration asks for; the first one's URL is the stack's."""
    match compute:
        case FleetConfig():
            return [make_fleet(compute)]
        case LambdaConfig():
            return [make_function(compute)]
        case SideBySide():
            return [make_fleet(compute.fleet), make_function(compute.function)]


shapes = make_shapes(config.compute)
firewall = Firewall(
    "iris",
    FirewallArgs(
        protects=dict(shape.endpoint for shape in shapes),
        config=config.firewall,
        log_retention_days=config.general.log_retention_days,
        tags=tags,
    ),
)
tellers: list[Teller] = ["alarms"]
if config.general.guard_duty:
    tellers.append("events")
if config.budget:
    tellers.append("budgets")
notifications = Notifications(
    "iris", NotificationsArgs(email=config.alarms.alarm_email, tellers=tellers, tags=tags)
)
observability = Observability(
    "iris",
    ObservabilityArgs(
        config=config.alarms,
        signals=[shape.signals for shape in shapes],
        firewall=FirewallSignals(web_acl=firewall.metric_name, region=region),
        topic_arn=notifications.topic_arn,
        # A dashboard takes no dots, and a stack's name may have some.
        dashboard=f"{project}-{stack}".replace(".", "-"),
        region=region,
        tags=tags,
    ),
)

if config.general.guard_duty:
    Detection("iris", DetectionArgs(topic_arn=notifications.topic_arn, tags=tags))
if config.budget:
    Budget("iris", BudgetArgs(config=config.budget, topic_arn=notifications.topic_arn, tags=tags))

pulumi.export("url", shapes[0].url)
pulumi.export("bucket", artifact.bucket)
pulumi.export("logBucket", logs.bucket)
pulumi.export("webAclArn", firewall.web_acl_arn)
pulumi.export("alarmTopic", notifications.topic_arn)
pulumi.export("alarms", pulumi.Output.all(*observability.alarm_names))
pulumi.export("dashboard", observability.dashboard_name)
for shape in shapes:
    for name, value in shape.exports.items():
        pulumi.export(name, value)
