"""Authentication in front of everything that LocalStack answers on its port.

LocalStack itself takes requests without credentials, under any host name. With an image tag, a web page could
create a stack, and run its code on this machine. Here a request reaches LocalStack only if it is signed with
the key of this local cloud, or if it calls the public API of a deployed stage.
"""
