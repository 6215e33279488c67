"""Abuse benchmark: what other clients notice while one client sends requests that are expensive to answer."""
