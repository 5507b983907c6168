"""A running Marvin, as other programs see it."""
