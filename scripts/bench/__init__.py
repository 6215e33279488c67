"""Command `iris bench`: benchmarks of throughput, cold starts, memory and robustness."""
