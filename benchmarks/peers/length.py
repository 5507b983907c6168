"""Latency by length of speech: short utterances must not cost a 30 s window."""

from contextlib import ExitStack
from typing import Any

from benchmarks.peers.processes import in_turn, seconds
from benchmarks.peers.settings import Bench
from benchmarks.peers.spoken_audio import keep, speech
from benchmarks.peers.whisper_latency import (
    CPP_SHORT,
    CT_INT8,
    CT_INT8_SHORT,
    GREEDY,
    PLACED,
    check_counts,
)
from benchmarks.ratio_table import Row

LENGTHS_S = (1, 2, 4, 8, 16, 28)
TOKENS_A_SECOND = 5


def measure(bench: Bench) -> list[Row]:
    """Rows by length and peer, and the growth of Marvin's own cost."""
    answers = {length_s: heard(bench, length_s) for length_s in LENGTHS_S}
    own = {length_s: seconds(found[PLACED]) for length_s, found in answers.items()}
    rows = [
        Row(
            f"{length_s} s of speech, {length_s * TOKENS_A_SECOND} tokens",
            f"{PLACED} ({found[PLACED][0]['place']})",
            peer, own[length_s], seconds(found[peer]), None,
        )
        for length_s, found in answers.items()
        for peer in (GREEDY, CT_INT8, CT_INT8_SHORT, CPP_SHORT)
    ]  # fmt: skip
    longest_s = LENGTHS_S[-1]
    grows = f"beside {longest_s} s"
    return rows + [
        Row(f"{length_s} s {grows}", PLACED, "itself", own[length_s], own[longest_s], None)
        for length_s in LENGTHS_S[:-1]
    ]


def heard(bench: Bench, length_s: int) -> dict[str, list[dict[str, Any]]]:
    """All contenders' answers to speech of one length."""
    tokens = length_s * TOKENS_A_SECOND
    short = {"audio": str(keep(bench.audio, f"{length_s}", speech(float(length_s))))}
    checkpoint = bench.whisper(tokens)
    ours = {**short, "model": str(checkpoint)}
    with ExitStack() as stack:
        ctranslate2 = bench.ctranslate2(stack, checkpoint, "int8")
        cpp = bench.whisper_cpp(stack, checkpoint)
        answers = in_turn(
            bench.repeats,
            {
                PLACED: (bench.marvin(stack), ours),
                GREEDY: (bench.course(stack), {**ours, "generate": {"num_beams": 1}}),
                CT_INT8: (ctranslate2, short),
                CT_INT8_SHORT: (ctranslate2, {**short, "what": "speech"}),
                CPP_SHORT: (cpp, {**short, "what": "speech"}),
            },
        )
    check_counts({name: found[0]["text"] for name, found in answers.items()}, tokens)
    return answers
