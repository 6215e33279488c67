"""Comparison of balancing methods: an uneven fleet, Envoy, the client's choices, and one load for all."""
