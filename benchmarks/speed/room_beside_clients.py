"""How late the room is while a client's speech is transcribed.

    python -m benchmarks.speed.room_beside_clients [--seconds 20] [--rounds 3] [--profile embedded]

A client's recording (a sample, over and over) is transcribed through the engines' gate, as for
every server. Meanwhile a thread, like the one that listens for the wake word, asks for the
interpreter every 5 ms: its longest wait is how late the room's ear is. Then the person in the room
asks, 0.2 s after a client's transcription has begun: the time until their transcript. Both are
measured in turns: alone, as it is, and as it would be if the audio were decoded in one piece and
did not give way. Times are what this process computes meanwhile, in CPU seconds: so they do not
depend on what else the machine does. Only pocketsphinx (`stt.engine = "sphinx"`) decodes in pieces.
"""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.published_profile import published_profile
from benchmarks.robustness.soak_feed import read
from marvin.backends.sphinx import decoder
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers import worker
from marvin.service.assembly import served_engines
from marvin.service.carried_over import CarriedOver
from marvin.service.client_calls import transcribe
from marvin.service.served_engines import ServedEngines
from marvin.types import RATE_HZ, Endpoint, Utterance
from tests.paths import SAMPLES

_ASK_S = 0.005
_LATER_S = 0.2
_LIMIT_S = 600.0
_WHOLE = 10**9


@dataclass(slots=True)
class Ear:
    """Waits for its turn again and again."""

    longest_s: float = 0.0
    _over: bool = False

    def _listen(self) -> None:
        while not self._over:
            began = time.process_time()
            time.sleep(_ASK_S)
            self.longest_s = max(self.longest_s, time.process_time() - began)

    @classmethod
    @contextmanager
    def listening(cls) -> Any:
        ear = cls()
        thread = threading.Thread(target=ear._listen)
        thread.start()
        try:
            yield ear
        finally:
            ear._over = True
            thread.join()


@contextmanager
def in_one_piece(before: bool) -> Any:
    """As it was."""
    kept = decoder.PIECE_FRAMES, worker.GIVES_WAY
    if before:
        decoder.PIECE_FRAMES, worker.GIVES_WAY = _WHOLE, 0
    try:
        yield
    finally:
        decoder.PIECE_FRAMES, worker.GIVES_WAY = kept


async def ear_s(served: ServedEngines, said: Utterance | None) -> float:
    """Its longest wait while `said` is transcribed, or for a second."""
    with Ear.listening() as ear:
        if said is None:
            await asyncio.sleep(1.0)
        else:
            await transcribe(served, said)
    return float(ear.longest_s)


async def asked_s(served: ServedEngines, said: Utterance | None, question: Utterance) -> float:
    """Until the room's transcript, with `said` begun before."""
    client = None if said is None else asyncio.create_task(transcribe(served, said))
    await asyncio.sleep(_LATER_S)
    began = time.process_time()
    await served.engines.transcriber.call(
        lambda engine, token: engine.transcribe(question, token), _LIMIT_S
    )
    took_s = time.process_time() - began
    if client is not None:
        await client
    return took_s


async def measured(config: Config, seconds: float, rounds: int) -> None:
    sample = await read(SAMPLES / "what_time_is_it.wav")
    question = Utterance(sample, 0, len(sample) / RATE_HZ, Endpoint.SILENCE)
    samples = np.resize(sample, round(seconds * RATE_HZ))
    said = Utterance(samples, 0, seconds, Endpoint.SILENCE)
    patient = config.turn.model_copy(update={"transcribe_s": _LIMIT_S})
    config = config.model_copy(update={"turn": patient})
    engines = EngineSet(config)
    served = served_engines(engines, config, CarriedOver())
    found: dict[str, list[float]] = {}

    async def note(name: str, measure: Callable[[], Any], *, before: bool = False) -> None:
        with in_one_piece(before):
            found.setdefault(name, []).append(await measure())

    async with engines.running():
        for _ in range(rounds):
            await note("the ear waits: alone", lambda: ear_s(served, None))
            await note("the ear waits: now", lambda: ear_s(served, said))
            await note("the ear waits: in one piece", lambda: ear_s(served, said), before=True)
            await note("the transcript takes: alone", lambda: asked_s(served, None, question))
            await note("the transcript takes: now", lambda: asked_s(served, said, question))
            await note(
                "the transcript takes: in one piece, without giving way",
                lambda: asked_s(served, said, question),
                before=True,
            )
    print(f"beside {seconds:g} s of a client's speech, median (and longest) of {rounds}:")
    for name, times in found.items():
        print(f"  {name:<55} {median(times):.3f} s ({max(times):.3f} s)")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="embedded")
    options = parser.parse_args()
    asyncio.run(measured(published_profile(options.profile), options.seconds, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
