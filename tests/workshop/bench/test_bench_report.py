"""The figures of a benchmark session."""

import json
from dataclasses import replace

import pytest

from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.placement_report import PlacementRow
from marvin.events import TurnFinished
from marvin.workshop.bench.bench_report import Bench, as_json, line, placed
from marvin.workshop.bench.bench_run import NOT_WOKEN, Figures, Taken

TURN = TurnFinished("answered", 0.9, 1.0, 0.7, 0.1, 0.01, 0.2, 2.0)
FIGURES = Figures(
    start_up_s=2.0,
    first=(Taken(False, "answered", 1.2, TURN),),
    taken=(
        Taken(False, "answered", 0.9, TURN),
        Taken(False, "answered", 1.1, replace(TURN, stt_s=0.3)),
        Taken(False, NOT_WOKEN),
        Taken(True, "failed", 5.0, replace(TURN, outcome="failed"), "llm failed"),
    ),
    memory_mb=300.0,
    quiet_share=0.004,
    speech_share=None,
)
ROWS = [
    PlacementRow("wake", "ast", "marvin", "cpu", "float32", 1, 20, ""),
    PlacementRow("stt", "whisper", "/home/somebody/whisper", "cuda:0", "bfloat16", 1, 300, ""),
    PlacementRow(
        "llm", "chat", "llama3", None, None, None, None, "on the server http://192.168.0.7/v1"
    ),
]


@pytest.fixture
def bench() -> Bench:
    facts = MachineFacts("Good CPU", 4, 16.0, 8.0, torch="2.9.0")
    return Bench("laptop", facts, ROWS, 0.5, False, True, FIGURES)


def test_percentiles_cover_answered_turns_of_one_kind(bench: Bench) -> None:
    assert bench.latency["a skill"]["answer_s"] == {"turns": 2, "p50": 0.9, "p95": 1.1}
    assert bench.latency["a skill"]["stt_s"] == {"turns": 2, "p50": 0.1, "p95": 0.3}
    assert "the model" not in bench.latency


def test_unanswered_questions_are_reported(bench: Bench) -> None:
    assert bench.unanswered == [NOT_WOKEN, "llm failed"]


def test_one_line_for_a_bug_report(bench: Bench) -> None:
    text = line(bench)
    assert "\n" not in text
    for part in (
        "laptop", "Good CPU, 4 cores, 16 GB, load 0.5", "torch 2.9.0", "start 2.0 s, 300 MB",
        "quiet 0.4%", "speech -", "a skill answers, p50/p95 ms: answer 900/1100", "2 of 4 answered",
        "first audio 200/200",
    ):  # fmt: skip
        assert part in text


def test_line_and_json_contain_nothing_private(bench: Bench) -> None:
    bench = replace(bench, profile="annas-kitchen")
    everything = line(bench) + json.dumps(as_json(bench))
    own = ("somebody", "/home", "192.168", "llama3", "annas-kitchen")
    assert not [word for word in own if word in everything]
    assert "own profile" in line(bench)


def test_well_known_models_are_named() -> None:
    row = replace(ROWS[1], model="openai/whisper-base.en")
    assert placed([row]) == "stt whisper openai/whisper-base.en on cuda:0 in bfloat16"


def test_placement_in_one_line() -> None:
    assert placed(ROWS) == (
        "wake ast marvin on cpu in float32, stt whisper own model on cuda:0 in bfloat16, "
        "llm chat own model"
    )


def test_json_has_every_turn(bench: Bench) -> None:
    found = json.loads(json.dumps(as_json(bench)))
    assert [one["outcome"] for one in found["turns"]] == [
        "answered", "answered", NOT_WOKEN, "failed",
    ]  # fmt: skip
    assert found["turns"][0]["endpoint_s"] == 0.7
    assert found["line"] == line(bench)
