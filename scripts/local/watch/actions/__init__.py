"""Actions of the console on the running cloud: load, faults, attacks, settings and releases."""
