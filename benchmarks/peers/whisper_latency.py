"""From the end of speech to its transcript: 4 s of speech, 20 tokens, the same weights."""

from contextlib import ExitStack
from typing import Any

import numpy as np

from benchmarks.peers.processes import in_turn, seconds
from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep, speech
from benchmarks.ratio_table import Row
from marvin.config.stt import WhisperConfig
from marvin.types import RATE_HZ, Samples

SPEECH_S = 4.0
TOKENS = 20
COURSE_S = 5.0
"""The course always records this long."""

FLOAT32, PLACED, ALONG = "Marvin, float32", "Marvin, as placed", "Marvin, with partial transcripts"
COURSE, GREEDY = "the course's pipeline (5 beams)", "the course's pipeline, greedy"
CT_FLOAT, CT_INT8 = "faster-whisper float32", "faster-whisper int8"
CT_FLOAT_SHORT, CT_INT8_SHORT = f"{CT_FLOAT}, speech only", f"{CT_INT8}, speech only"
_REFERENCE = "transformers, 30 s, greedy"
CPP, CPP_SHORT = "whisper.cpp float16", "whisper.cpp float16, speech only"

GOALS = {COURSE: 0.2, GREEDY: 0.2} | dict.fromkeys(
    (CT_FLOAT, CT_INT8, CT_FLOAT_SHORT, CT_INT8_SHORT, CPP, CPP_SHORT), 1.0
)
PAIRS = {
    FLOAT32: (COURSE, GREEDY, CT_FLOAT, CT_FLOAT_SHORT, CPP, CPP_SHORT),
    PLACED: (COURSE, GREEDY, CT_INT8, CT_INT8_SHORT, CPP_SHORT),
    ALONG: (COURSE, GREEDY, CT_INT8_SHORT),
}


def measure(bench: Bench) -> list[Row]:
    """Latencies, then the equality of the transcripts."""
    answers, written = heard(bench, speech(SPEECH_S))
    check_counts({name: found[0]["text"] for name, found in answers.items()})
    reference = written.pop(_REFERENCE)
    same = [equality(who, text, reference) for who, text in written.items()]
    return [*times(answers, answers[PLACED][0]["place"]), *same]


def heard(bench: Bench, said: Samples) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Timed answers of all contenders, and the comparable transcripts."""
    room = np.zeros(round((COURSE_S - SPEECH_S) * RATE_HZ), np.float32)
    audio = str(keep(bench.audio, "four", said))
    window = str(keep(bench.audio, "five", np.concatenate([said, room])))
    short = {"audio": audio}
    checkpoint = bench.whisper(TOKENS)
    ours = {**short, "model": str(checkpoint)}
    course = {**ours, "audio": window}
    greedy = {**course, "generate": {"num_beams": 1}}
    with ExitStack() as stack:
        floats, placed = bench.marvin(stack, "float32"), bench.marvin(stack)
        pipeline = bench.course(stack)
        ct_float = bench.ctranslate2(stack, checkpoint, "float32")
        ct_int8 = bench.ctranslate2(stack, checkpoint, "int8")
        cpp = bench.whisper_cpp(stack, checkpoint)
        answers = in_turn(
            bench.repeats,
            {
                FLOAT32: (floats, ours),
                PLACED: (placed, ours),
                ALONG: (placed, {**ours, "along_s": WhisperConfig().partial_s}),
                COURSE: (pipeline, course),
                GREEDY: (pipeline, greedy),
                CT_FLOAT: (ct_float, short),
                CT_FLOAT_SHORT: (ct_float, {**short, "what": "speech"}),
                CT_INT8: (ct_int8, short),
                CT_INT8_SHORT: (ct_int8, {**short, "what": "speech"}),
                CPP: (cpp, short),
                CPP_SHORT: (cpp, {**short, "what": "speech"}),
            },
        )
        features = str(keep(bench.audio, "features", _features(bench, said)))
        same = {**short, "audio": features, "what": "features"}
        written = {who: answers[who][0]["text"] for who in (FLOAT32, PLACED, CT_FLOAT, CPP)}
        for name, contender in ((CT_FLOAT, ct_float), (CT_INT8, ct_int8)):
            written[f"{name}, same features"] = contender.ask(**same)["text"]
        written[f"{FLOAT32}, whole window"] = floats.ask(**ours, whole=True)["text"]
        written[_REFERENCE] = pipeline.ask(**{**greedy, "audio": audio})["text"]
    return answers, written


def times(answers: dict[str, list[dict[str, Any]]], place: str) -> list[Row]:
    """Rows that compare each peer with Marvin."""
    what = f"base.en's size: {SPEECH_S:g} s of speech to {TOKENS} tokens"
    return [
        Row(
            what,
            name if name == FLOAT32 else f"{name} ({place})",
            peer,
            seconds(answers[name]),
            seconds(answers[peer]),
            GOALS[peer],
        )
        for name, peers in PAIRS.items()
        for peer in peers
    ]


def equality(who: str, text: str, reference: str) -> Row:
    """Tokens equal to the reference before the first difference; one token per word."""
    wanted = reference.split()
    equal = equal_tokens(text.split(), wanted)
    what = f"the first tokens equal to transformers', of {len(wanted)}"
    return Row(what, who, _REFERENCE, [equal], [len(wanted)], None, "tokens")


def equal_tokens(written: list[str], wanted: list[str]) -> int:
    """Number of tokens before the first difference."""
    pairs = zip(written, wanted, strict=False)
    different = (at for at, (one, other) in enumerate(pairs) if one != other)
    return next(different, min(len(written), len(wanted)))


def check_counts(texts: dict[str, str], tokens: int = TOKENS) -> None:
    """Raises ValueError if a transcript has the wrong length, which invalidates the times."""
    wrong = {who: len(text.split()) for who, text in texts.items() if len(text.split()) != tokens}
    if wrong:
        raise ValueError(f"{tokens} tokens expected: {wrong}")


def _features(bench: Bench, samples: Samples) -> Any:
    """The encoder input of transformers."""
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(bench.whisper(TOKENS))
    return extractor(samples, sampling_rate=RATE_HZ, return_tensors="np").input_features[0]
