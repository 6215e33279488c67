"""Runs of the Pulumi program under mocks: the resources that a stack requests."""
