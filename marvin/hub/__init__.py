"""Model weights from the Hugging Face Hub, packages or folders: listing, fetching, verifying and
deleting."""
