"""CloudWatch: LocalStack's provider with percentiles, and alarms of percentiles and expressions."""
