"""What Prometheus reads."""

import asyncio
import urllib.error
import urllib.request

from marvin.events import TurnFailed, TurnFinished, WakeWordHeard
from tests.service.http.web import serving


async def test_metrics_tell_counts_and_times_and_no_words() -> None:
    async with serving() as web:
        metrics = web.served.metrics
        metrics.note(WakeWordHeard(0.9, 1.0))
        metrics.note(TurnFailed("stt", "secret words"))
        for total_s in (0.2, 3.0, 30.0):
            metrics.note(TurnFinished("answered", 0.9, 1.0, 0.6, 0.1, None, 0.3, total_s))
        for path in ("nothing", "metrics"):
            address = f"{web.url}/{path}"
            read = await asyncio.to_thread(fetched, address)
    lines = read.splitlines()
    for line in (
        "marvin_wake_words_total 1",
        'marvin_turns_total{outcome="answered"} 3',
        'marvin_stage_failures_total{stage="stt"} 1',
        'marvin_engine_restarts_total{engine="tts"} 0',
        'marvin_http_requests_total{method="GET",status="404"} 1',
        'marvin_turn_seconds_bucket{stage="total",le="0.25"} 1',
        'marvin_turn_seconds_bucket{stage="total",le="16"} 2',
        'marvin_turn_seconds_bucket{stage="total",le="+Inf"} 3',
        'marvin_turn_seconds_sum{stage="total"} 33.2',
        'marvin_turn_seconds_count{stage="first_token"} 0',
    ):
        assert line in lines
    assert "secret" not in read
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == len(set(families))


def fetched(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=120) as response:
            return str(response.read(), "utf-8")
    except urllib.error.HTTPError as error:
        with error:
            return str(error.code)
