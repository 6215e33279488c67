"""Launch of an instance from a launch template.

moto uses only the template's image, type, user data and tags. It ignores security groups, instance profile,
metadata options and monitoring, and adds an unencrypted root volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.ec2.utils import convert_tag_spec

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.instances import Instance
    from moto.ec2.models.launch_templates import LaunchTemplateVersion


@dataclass(frozen=True)
class Placement:
    """Zone and subnet of an instance."""

    zone: str
    subnet_id: str | None
    """Subnet id; None without a VPC."""


def launch_instance(
    ec2: EC2Backend, version: LaunchTemplateVersion, place: Placement, tags: dict[str, str]
) -> Instance:
    """Launch an instance from a launch template version; `tags` override the template's.

    The template's data has EC2's own parameter names, which are in the singular.
    """
    data = version.data
    template_tags = convert_tag_spec(data.get("TagSpecification", []))
    instance_tags = {
        **template_tags.get("instance", {}),
        "aws:ec2launchtemplate:id": version.template.id,
        "aws:ec2launchtemplate:version": str(version.number),
        **tags,
    }
    reservation = ec2.run_instances(
        version.image_id,
        1,
        version.user_data,
        data.get("SecurityGroup", []),
        security_group_ids=data.get("SecurityGroupId", []),
        nics=data.get("NetworkInterface", []),
        instance_type=version.instance_type,
        is_instance_type_default=False,
        region_name=ec2.region_name,
        placement=place.zone,
        subnet_id=place.subnet_id,
        key_name=data.get("KeyName"),
        ebs_optimized=data.get("EbsOptimized") == "true",
        monitoring_state="enabled" if data.get("Monitoring", {}).get("Enabled") == "true" else "disabled",
        metadata_options=data.get("MetadataOptions", {}),
        tags={"instance": instance_tags, "volume": template_tags.get("volume", {})},
        **_volumes(data),
    )
    instance = reservation.instances[0]
    if profile := data.get("IamInstanceProfile"):
        ec2.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
    return instance


def _volumes(data: dict[str, Any]) -> dict[str, Any]:
    """Return the template's volumes; without any, moto adds its default root volume."""
    return {"block_device_mappings": data["BlockDeviceMapping"]} if "BlockDeviceMapping" in data else {}
