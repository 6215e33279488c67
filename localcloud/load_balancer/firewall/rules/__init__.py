"""Rules of a web ACL as pure functions of a request."""
