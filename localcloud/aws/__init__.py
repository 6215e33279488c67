"""AWS API of the local control plane: clients, credentials, signatures and ARNs."""
