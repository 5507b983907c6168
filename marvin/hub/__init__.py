"""Models of the Hugging Face Hub on this machine: which there are, fetching, checking, deleting."""
