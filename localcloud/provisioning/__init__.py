"""Deployment of the Pulumi program to LocalStack without the Pulumi engine."""
