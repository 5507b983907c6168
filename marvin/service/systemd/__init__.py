"""sd_notify messages and systemd units."""
