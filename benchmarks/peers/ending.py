"""Lets a SpeechT5 with random weights find the end of what it says, as a trained one does.

Otherwise each contender would babble on up to a limit of its own. Changed is transformers' class,
in the contender's process; Marvin and the course compute the same with it as before.
"""

from typing import Any

FRAMES_A_LETTER = 4.5
"""Of 16 ms: about 14 letters a second."""


def find_ends() -> None:
    """From now on every SpeechT5 ends after so many frames a letter."""
    import torch
    from transformers import SpeechT5ForTextToSpeech

    class Stop(torch.nn.Linear):
        """The layer that says when the speech is over, which counts the steps."""

        left = 0

        def forward(self, hidden: Any) -> Any:
            self.left -= 1
            return super().forward(hidden) * 0.0 + (9.0 if self.left <= 0 else -9.0)

    made = SpeechT5ForTextToSpeech.__init__

    def make(self: Any, config: Any) -> None:
        made(self, config)
        head = self.speech_decoder_postnet
        head.prob_out = stop = Stop(head.prob_out.in_features, head.prob_out.out_features)

        def begin(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
            letters = (given[0] if given else named["input_values"]).shape[1]
            stop.left = round(letters * FRAMES_A_LETTER / config.reduction_factor)

        self.speecht5.encoder.register_forward_pre_hook(begin, with_kwargs=True)

    SpeechT5ForTextToSpeech.__init__ = make
