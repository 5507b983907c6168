"""The steps of spoken turns, live: from the end of speech to the first audio.

    python -m benchmarks.speed.turn_steps [--profile starter] [--count 12] [--threads 2]
        [--commands]

Kokoro's voices call Marvin and ask open questions, or give commands. The profile's published models
answer as in `benchmarks.peers turn`, without an alternative. For a
slower machine, run it under a limit:

    systemd-run --scope -p CPUQuota=50% python -m benchmarks.speed.turn_steps --profile pi
"""

import argparse
import tempfile
from itertools import cycle, islice
from pathlib import Path

from benchmarks.peers.processes import Contender
from benchmarks.peers.spoken_audio import keep
from benchmarks.peers.spoken_questions import open_questions, spoken_questions
from benchmarks.peers.whole_turn import print_turns
from tests.published import fetched

COMMANDS = (
    "what time is it", "set a timer for ten minutes", "what is seven times eight",
    "how many metres are in a mile", "what day is it today", "how long is left on the timer",
    "set the volume to fifty percent", "cancel the timer",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--commands", action="store_true", help="for the skills")
    options = parser.parse_args()
    texts = islice(cycle(COMMANDS) if options.commands else open_questions(), options.count)
    questions = list(spoken_questions(str(fetched("kokoro")), texts, options.threads))
    threads = options.threads
    with (
        tempfile.TemporaryDirectory() as folder,
        Contender("serve_turn", options.profile, threads=threads, cores=threads) as marvin,
    ):
        answers = []
        # The first turn warms up.
        for at, question in enumerate((questions[0], *questions)):
            clip = keep(Path(folder), f"question-{at}", question.samples)
            answer = marvin.ask(audio=str(clip))
            print(f"{question.text} | {answer['text']} | {answer['said']}", flush=True)
            answers += [answer] if at else []
    print_turns(options.profile, answers)


if __name__ == "__main__":
    main()
