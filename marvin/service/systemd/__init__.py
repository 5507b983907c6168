"""What the daemon tells systemd, and the units that systemd runs it by."""
