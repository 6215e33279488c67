"""Reference data of the program and the cost command: prices, instance types and measured throughput."""
