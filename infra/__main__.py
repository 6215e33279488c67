"""The stack: configuration in, components wired, names out."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

# Not pulumi.Config, which answers for one key at a time: only the whole table shows keys that nobody knows.
from pulumi.runtime import config as pulumi_config

from infra.archive import ArchiveError, find_archive
from infra.artifact import Artifact, ArtifactArgs
from infra.config import ConfigError, FleetConfig, load_config
from infra.firewall import Firewall, FirewallArgs
from infra.fleet import Fleet, FleetArgs
from infra.load_balancer import LoadBalancer, LoadBalancerArgs
from infra.network import Network, NetworkArgs

SERVICE_PORT: Final = 8080
"""Where the service listens on an instance; only the load balancer reaches it."""

prefix = f"{pulumi.get_project()}:"
own_values = {
    key.removeprefix(prefix): value
    for key, value in pulumi_config.CONFIG.get().items()
    if key.startswith(prefix)
}
try:
    config = load_config(own_values)
    archive = find_archive(config.archive, config.architecture)
except (ConfigError, ArchiveError) as mistake:
    # Pulumi shows this one without a trace.
    raise pulumi.RunError(str(mistake)) from None

tags = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
region = aws.get_region_output().region
artifact = Artifact("iris", ArtifactArgs(archive=archive, tags=tags))

match config.compute:
    case FleetConfig() as fleet_config:
        network = Network(
            "iris",
            NetworkArgs(
                cidr=fleet_config.vpc_cidr,
                zones=fleet_config.zones,
                service_port=SERVICE_PORT,
                region=region,
                bucket=artifact.bucket,
                tags=tags,
            ),
        )
        balancer = LoadBalancer(
            "iris",
            LoadBalancerArgs(
                config=fleet_config,
                vpc_id=network.vpc_id,
                subnet_ids=network.public.subnet_ids,
                security_group_id=network.public.security_group_id,
                service_port=SERVICE_PORT,
                tags=tags,
            ),
        )
        firewall = Firewall(
            "iris",
            FirewallArgs(
                protects=balancer.arn,
                mode=config.firewall_mode,
                requests_per_address=config.requests_per_address,
                tags=tags,
            ),
        )
        fleet = Fleet(
            "iris",
            FleetArgs(
                config=fleet_config,
                region=region,
                archive_uri=artifact.uri,
                archive_version=artifact.version,
                archive_sha256=archive.sha256,
                archive_arn=artifact.object_arn,
                service_port=SERVICE_PORT,
                subnet_ids=network.private.subnet_ids,
                security_group_id=network.private.security_group_id,
                target_group_arn=balancer.target_group_arn,
                metric_label=balancer.metric_label,
                tags=tags,
            ),
        )

pulumi.export("url", balancer.url)
pulumi.export("archive", artifact.uri)
pulumi.export("bucket", artifact.bucket)
pulumi.export("vpcId", network.vpc_id)
pulumi.export("loadBalancerArn", balancer.arn)
pulumi.export("targetGroupArn", balancer.target_group_arn)
pulumi.export("webAclArn", firewall.web_acl_arn)
pulumi.export("autoScalingGroup", fleet.group_name)
pulumi.export("launchTemplate", fleet.launch_template_id)
