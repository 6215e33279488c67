"""Code inside the processes of functions, run by their interpreter; LocalStack never imports it.

Only the standard library is available, and every import makes each cold start longer.
"""
