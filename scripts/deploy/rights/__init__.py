"""Rights of a deployer: the IAM actions of a stack's resources and of the commands, as policies."""
