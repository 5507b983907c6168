"""The control socket: status, events and commands for programs of the same user."""
