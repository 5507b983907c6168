"""What a language model can call, and the rules by which it does."""
