"""What the open LocalStack lacks for this project, and repairs where the moto inside it is not true to AWS.

Runs inside LocalStack, in LocalStack's environment; the project itself never imports it.
"""
