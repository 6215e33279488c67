"""Pulumi program: read the configuration, create the components, export the outputs of the stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

# Pulumi runs the program by path, in an environment that contains the project only after `make install`.
if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

import pulumi
import pulumi_aws as aws

# Not pulumi.Config, which looks up single keys: the detection of unknown keys needs the whole table.
from pulumi.runtime import config as pulumi_config

from infra.firewall.web_acl import Firewall, FirewallArgs
from infra.monitoring.budget import CostBudget, CostBudgetArgs
from infra.monitoring.cloudwatch import Monitoring, MonitoringArgs
from infra.monitoring.guard_duty import GuardDuty, GuardDutyArgs
from infra.monitoring.metrics import FirewallMetrics
from infra.monitoring.notifications import Notifications, NotificationsArgs
from infra.network.region import supported_region
from infra.reference_data.check import check_reference_data
from infra.reference_data.csv_rows import ReferenceDataError
from infra.shapes import ShapeArgs, create_shapes, find_archives
from infra.stack_config import ConfigError, load_config
from infra.storage.archive import FUNCTION_KEY, SERVICE_KEY, MissingArchiveError
from infra.storage.artifact_bucket import ArtifactBucket, ArtifactBucketArgs
from infra.storage.log_bucket import BUCKET_LOGS_PREFIX, LogBucket, LogBucketArgs

if TYPE_CHECKING:
    from infra.monitoring.notifications import Publisher

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
except (ReferenceDataError, ConfigError, MissingArchiveError) as error:
    # Pulumi shows a RunError without a traceback.
    raise pulumi.RunError(str(error)) from None

tags = {"project": project, "stack": stack, "owner": config.general.owner}
region = aws.get_region_output().region.apply(supported_region)
logs = LogBucket(
    "iris",
    LogBucketArgs(
        region=region,
        retention_days=config.general.log_retention_days,
        protected=config.general.deletion_protection,
        tags=tags,
    ),
)
versions = {
    SERVICE_KEY: config.general.archive_version,
    FUNCTION_KEY: config.general.function_archive_version,
}
artifacts = ArtifactBucket(
    "iris",
    ArtifactBucketArgs(
        archives=archives,
        versions={key: version for key, version in versions.items() if version and key in archives},
        kept_archives=config.general.retained_archives,
        log_bucket=logs.bucket,
        log_prefix=f"{BUCKET_LOGS_PREFIX}/archives/",
        protected=config.general.deletion_protection,
        tags=tags,
    ),
)
shapes = create_shapes(ShapeArgs(config=config, region=region, logs=logs, archives=artifacts, tags=tags))
firewall = Firewall(
    "iris",
    FirewallArgs(
        endpoints=dict(shape.endpoint for shape in shapes),
        config=config.firewall,
        log_retention_days=config.general.log_retention_days,
        tags=tags,
    ),
)
publishers: list[Publisher] = ["alarms"]
if config.general.guard_duty:
    publishers.append("events")
if config.budget:
    publishers.append("budgets")
notifications = Notifications(
    "iris", NotificationsArgs(email=config.alarms.alarm_email, publishers=publishers, tags=tags)
)
monitoring = Monitoring(
    "iris",
    MonitoringArgs(
        config=config.alarms,
        shapes=[shape.metrics for shape in shapes],
        firewall=FirewallMetrics(web_acl=firewall.metric_name, region=region),
        topic_arn=notifications.topic_arn,
        # The name of a dashboard may not contain dots, the name of a stack may.
        dashboard=f"{project}-{stack}".replace(".", "-"),
        region=region,
        tags=tags,
    ),
)
if config.general.guard_duty:
    GuardDuty("iris", GuardDutyArgs(topic_arn=notifications.topic_arn, tags=tags))
if config.budget:
    CostBudget("iris", CostBudgetArgs(config=config.budget, topic_arn=notifications.topic_arn, tags=tags))

pulumi.export("url", shapes[0].url)
pulumi.export("bucket", artifacts.bucket)
pulumi.export("logBucket", logs.bucket)
pulumi.export("webAclArn", firewall.web_acl_arn)
pulumi.export("alarmTopic", notifications.topic_arn)
pulumi.export("alarms", pulumi.Output.all(*monitoring.alarm_names))
pulumi.export("dashboard", monitoring.dashboard_name)
for shape in shapes:
    for name, value in shape.exports.items():
        pulumi.export(name, value)
