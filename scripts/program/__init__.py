"""Run of the Pulumi program against mocks: the resources that it requests."""
