"""Metrics in Prometheus's text format. Contains nothing that was said."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.service.metrics import BUCKETS_S, Metrics, process_figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Samples = Iterable[tuple[Mapping[str, str], float]]

_COUNTERS = {
    "wakes": ("wake_words", "Times that the wake word was heard."),
    "near_misses": ("wake_word_near_misses", "Sounds that were almost the wake word."),
    "notices": ("engine_notices", "Moves of an engine to another device, or to a fallback."),
    "overruns": ("audio_gaps", "Times that audio of the microphone was dropped or lost."),
    "audio_lost_s": ("audio_lost_seconds", "Length of that audio."),
    "device_away_s": ("device_away_seconds", "Time that lost sound devices were away."),
}
"""Names and meanings, by key of the snapshot."""
_BY = {
    "turns": ("turns", "outcome", "Turns by how they ended."),
    "failures": ("stage_failures", "stage", "Turns that a stage failed in."),
    "device_losses": ("device_losses", "direction", "Times that a sound device was lost."),
}
_GAUGES = {
    "uptime_s": ("uptime_seconds", "Time since the start."),
    "start_up_s": ("start_up_seconds", "Time until the wake word was armed."),
    "memory_mb": ("resident_memory_megabytes", "Resident memory of the process."),
    "threads": ("threads", "Threads of the process."),
    "open_files": ("open_files", "Open files of the process."),
}


def exposition(
    metrics: Metrics, engines: EngineSet, answered: Mapping[tuple[str, int], int]
) -> str:
    """`answered`: requests to the web server, by method and status."""
    snapshot = {**metrics.snapshot(), **process_figures()}
    lines: list[str] = []
    for key, (name, help_) in _COUNTERS.items():
        lines += _family(f"{name}_total", "counter", help_, [({}, _number(snapshot[key]))])
    for key, (name, label, help_) in _BY.items():
        counts = snapshot[key]
        assert isinstance(counts, dict)
        samples = [({label: value}, float(count)) for value, count in counts.items()]
        lines += _family(f"{name}_total", "counter", help_, samples)
    for key, (name, help_) in _GAUGES.items():
        if snapshot[key] is not None:
            lines += _family(name, "gauge", help_, [({}, _number(snapshot[key]))])
    restarts = [
        ({"engine": name}, float(worker.abandoned)) for name, worker in _workers(engines).items()
    ]
    lines += _family("engine_restarts_total", "counter", "Engines that hung.", restarts)
    requests = [
        ({"method": method, "status": str(status)}, float(count))
        for (method, status), count in answered.items()
    ]
    lines += _family("http_requests_total", "counter", "Requests that were answered.", requests)
    lines += _latency(metrics)
    return "\n".join((*lines, ""))


def _latency(metrics: Metrics) -> Iterator[str]:
    name = "marvin_turn_seconds"
    yield f"# HELP {name} Time of the parts of a turn."
    yield f"# TYPE {name} histogram"
    for part, histogram in metrics.histograms.items():
        stage = f'stage="{part.removesuffix("_s")}"'
        for limit_s, count in zip(BUCKETS_S, histogram.within, strict=True):
            yield f'{name}_bucket{{{stage},le="{limit_s:g}"}} {count}'
        yield f'{name}_bucket{{{stage},le="+Inf"}} {histogram.count}'
        yield f"{name}_sum{{{stage}}} {histogram.sum_s:g}"
        yield f"{name}_count{{{stage}}} {histogram.count}"


def _family(name: str, kind: str, help_: str, samples: _Samples) -> Iterator[str]:
    yield f"# HELP marvin_{name} {help_}"
    yield f"# TYPE marvin_{name} {kind}"
    for labels, value in samples:
        # The values are names of this program's own, without quotes.
        named = ",".join(f'{label}="{of}"' for label, of in labels.items())
        yield f"marvin_{name}{{{named}}} {value:g}" if named else f"marvin_{name} {value:g}"


def _workers(engines: EngineSet) -> Mapping[str, Worker[Any]]:
    own: dict[str, Worker[Any]] = {
        "stt": engines.transcriber,
        "skills": engines.skills,
        "tts": engines.synthesizer,
    }
    return {**own, **{f"llm{at}": one for at, one in enumerate(engines.generators)}}


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
