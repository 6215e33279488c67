"""AWS WAF web ACL in front of both shapes: its rules, their configuration and their limits."""
