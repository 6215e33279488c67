"""Facts about AWS and about measured throughput that the program and the cost command share."""
