"""LocalStack plugins: services that its open edition lacks, and repairs where moto differs from AWS.

They run inside LocalStack, in LocalStack's environment; the project itself never imports them.
"""
