"""What each command of the command line does, a file for those that belong together."""
