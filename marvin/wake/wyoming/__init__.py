"""Wake word detection by a Wyoming server: the `wyoming` engine."""
