"""What exists in the cloud, as a Pulumi program."""
