"""What a microphone hears of a room, and what that says about the wake word."""
