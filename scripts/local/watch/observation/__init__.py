"""Observation of a running local cloud: counters, and the rates and states that follow from them."""
