"""What the stages that use pocketsphinx share: its decoder, and how words sound."""
