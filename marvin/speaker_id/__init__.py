"""Speaker identification: which of the enrolled people has spoken."""
