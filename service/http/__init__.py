"""HTTP rules: content negotiation, problem details, echoed input, replay of request bodies."""
