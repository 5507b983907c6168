"""Serves faster-whisper, in the peers' environment: `... serve_faster_whisper MODEL FORMAT
THREADS`.

With its fastest settings: greedy, no timestamps, no retries, no context. Its gates against invented
text are off, unless a request has `usual`; then `vad` adds its voice activity detection. With
`what` "speech" the encoder gets the speech plus half a second instead of 30 s. faster-whisper has
no option for that, so its `encode` and CTranslate2's `generate` are called as in `transcribe`.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from benchmarks.peers.serving import Answer, serve, timed

_MARGIN_S = 0.5
_OPEN: dict[str, Any] = {
    "compression_ratio_threshold": None, "log_prob_threshold": None, "no_speech_threshold": None,
    "suppress_tokens": [], "suppress_blank": False,
}  # fmt: skip
"""Gates off, and no suppressed tokens: random weights would trigger all of them."""
_SUPPRESSED = ("suppress_tokens", "suppress_blank")


def load(folder: Path, compute_type: str, threads: int) -> Answer:
    """Load the model; returns a function that transcribes."""
    model = WhisperModel(
        str(folder), device="cpu", compute_type=compute_type, cpu_threads=threads, num_workers=1
    )
    tokenizer = Tokenizer(
        model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language="en"
    )
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]

    def whole(audio: Any, settings: dict[str, Any], vad: bool) -> str:
        segments, _ = model.transcribe(
            audio, language="en", beam_size=1, best_of=1, temperature=0.0,
            without_timestamps=True, condition_on_previous_text=False, vad_filter=vad, **settings,
        )  # fmt: skip
        return "".join(segment.text for segment in segments)

    def speech_only(audio: Any, settings: dict[str, Any]) -> str:
        features = model.feature_extractor(audio, padding=round(_MARGIN_S * 16_000))
        # The encoder halves the number of frames.
        return written(features[:, : features.shape[1] // 2 * 2], settings)

    def written(features: Any, settings: dict[str, Any]) -> str:
        result = model.model.generate(
            model.encode(np.ascontiguousarray(features)), [prompt], beam_size=1,
            return_no_speech_prob=True, return_scores=True,
            **{key: value for key, value in settings.items() if key in _SUPPRESSED},
        )[0]  # fmt: skip
        text: str = tokenizer.decode(result.sequences_ids[0])
        return text

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        audio = np.load(request["audio"])
        settings = {} if request.get("usual") else _OPEN
        ways = {"speech": speech_only, "features": written}
        way = ways.get(request.get("what", ""))
        if way:
            text, times = timed(lambda: way(audio, settings))
        else:
            text, times = timed(lambda: whole(audio, settings, request.get("vad", False)))
        return {**times, "text": text}

    return answer


if __name__ == "__main__":
    serve(lambda: load(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
