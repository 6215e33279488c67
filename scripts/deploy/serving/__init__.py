"""Time between a deployment and its first answer: boot of the instances, and the smoke test."""
