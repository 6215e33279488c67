"""AWS API of the local control plane: clients and ARNs."""
