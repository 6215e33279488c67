"""AWS WAF in front of the load balancer: the web ACL's rules, evaluated for each request."""
