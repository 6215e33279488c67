"""Authentication of all requests to LocalStack's port.

LocalStack itself accepts requests without credentials and with any host name. A web page could create a stack
with an image tag, and run its code on this machine. With the guard, a request reaches LocalStack only if it
is signed with the key of this local cloud, or if it calls the public API of a deployed stage.
"""
