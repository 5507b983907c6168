"""What is wrong with this machine, its devices, its models and the configuration, with cures."""
