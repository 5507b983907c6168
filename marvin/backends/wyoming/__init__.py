"""What engines on a Wyoming server share: the connection, its limits, and error messages."""
