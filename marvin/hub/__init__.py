"""Model weights from the Hugging Face Hub: listing, fetching, verifying and deleting."""
