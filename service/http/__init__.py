"""HTTP rules: content negotiation, problem details, echoed input."""
