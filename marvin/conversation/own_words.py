"""Which of the words that Marvin listens for are in what it says itself."""

from marvin.wake.stop_word import WORD


class OwnWords:
    """Without echo cancellation the microphone picks up the reply. One that contains the wake word
    or "stop" would interrupt itself, so their detection is off until it ends."""

    def __init__(self, wake_word: str) -> None:
        self._wake_word = wake_word.lower()
        self.wake_word = self.stop_word = False

    def check(self, sentence: str) -> None:
        """Note a sentence before it is spoken."""
        self.wake_word |= self._wake_word in sentence.lower()
        self.stop_word |= WORD in sentence.lower()

    def clear(self) -> None:
        self.wake_word = self.stop_word = False
