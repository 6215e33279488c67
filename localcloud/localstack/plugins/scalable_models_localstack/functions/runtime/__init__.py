"""Runs inside the processes of functions, with their interpreter; LocalStack never imports it.

Only the standard library is there, and every import makes each cold start longer.
"""
