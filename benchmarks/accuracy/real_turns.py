"""How many turns with recorded people end in the right answer, in quiet and while Marvin speaks.

    python -m benchmarks.accuracy.real_turns --model FOLDER --data DATA [--kokoro FOLDER]
        [--turns 100] [--conditions quiet echo cancelled] [--below-db 6] [--json FILE] [-v]

A recorded "marvin", a short pause and a recorded home command, or other speech, go through the
whole line: wake word, endpoint, Whisper as `auto` places it, the skills with the commands of
`home_commands.toml`, espeak-ng. In `echo` and `cancelled` Marvin is reading something aloud when
the user calls; the microphone hears that through a measured room response, later than the devices
say, from a loudspeaker that distorts, the given number of dB louder than the user: without an echo
canceller, and with SpeexDSP.

A turn is right if the action that was carried out is that of the transcript's, with the same names
and numbers; for other speech, if nothing was carried out although it was heard. No language model
answers. 95 % intervals by drawing recordings anew: each command is said four times, in other rooms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.after_wake_word import GAPS_S, speech_level, wake_words
from benchmarks.accuracy.command_recordings import read, spoken_texts
from benchmarks.accuracy.echo import LEVEL, MIXED, ROOMS, SENTENCES, responses
from benchmarks.accuracy.real_line import Line, Meaning, Said, config
from benchmarks.accuracy.room_with_marvin import RoomLoop
from marvin.types import RATE_HZ, Samples

CONDITIONS = ("quiet", "echo", "cancelled")
OUTCOMES = ("right", "asked back", "refused", "not heard", "wrong")
TIMES = 4
"""How often each command is said."""
WAYS = tuple(name for name in MIXED if not ROOMS[name].drift_ppm)
LEAD_S = 4.0
"""Marvin has been speaking for this long when the user calls."""
BEGIN_S = 1.5
MARGIN = RATE_HZ // 4
"""Of a recording's quiet ends that stays."""
OTHERS = ("cards", "mycroft_not_wake_en", "cmu_arctic", "speechbrain", "librivox")
OTHER_OF_EACH = 7
_OPPOSITES = re.compile(
    r"\b(?:on|off|lock|locked|unlock|unlocked|open|opened|close|closed|start|stop|pause|resume"
    r"|next|previous|warmer|cooler)\b"
)


@dataclass(frozen=True, slots=True)
class ScriptedTurn:
    path: Path
    text: str
    wake: int
    gap_s: float
    room: int
    way: str
    read_aloud: str
    """What Marvin is saying."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    condition: str
    turn: int
    clip: str
    call: int
    """Which recording of the wake word."""
    wanted: str
    outcome: str
    heard: tuple[str, ...]
    replied: tuple[str, ...]


def script(data: Path, count: int, wakes: int, rooms: int) -> list[ScriptedTurn]:
    """Two thirds commands, the rest other speech; the first of them are as mixed as all."""
    folder = data / "speech-en"
    commands = [path for path in (folder / "ha_commands").glob("*.wav") if "oov" not in path.name]
    commands.append(folder / "wyoming" / "turn_on_the_living_room_lamp.wav")
    texts = {path: path.stem.replace("_", " ") for path in sorted(commands)}
    turns = [(path, text) for path, text in texts.items() for _ in range(TIMES)]
    known = spoken_texts(data)
    for group in OTHERS:
        found = sorted(path for path in known if path.parent.name == group)
        turns += [(path, known[path]) for path in random.Random(1).sample(found, len(found))][
            :OTHER_OF_EACH
        ]
    turns += [(path, "") for path in sorted((folder / "ha_commands").glob("oov*.wav"))]
    pick = random.Random(1)
    pick.shuffle(turns)
    aloud = [line for line in SENTENCES.read_text().splitlines() if "Marvin" not in line]
    return [
        ScriptedTurn(
            path,
            text,
            pick.randrange(wakes),
            pick.uniform(*GAPS_S),
            pick.randrange(rooms),
            pick.choice(WAYS),
            " ".join(pick.sample(aloud, 8)),
        )
        for path, text in turns[:count]
    ]


def user(turn: ScriptedTurn, call: Samples, begins_s: float) -> Samples:
    """What the microphone hears of the user, from the beginning."""
    before, gap = (np.zeros(round(s * RATE_HZ), np.float32) for s in (begins_s, turn.gap_s))
    return np.concatenate((before, user_speech(call), gap, user_speech(read(turn.path))))


def user_speech(recording: Samples) -> Samples:
    """Without most of the quiet at both ends, at the level of a user."""
    loud = np.flatnonzero(np.abs(recording) > 0.1 * np.abs(recording).max())
    kept = recording[max(0, loud[0] - MARGIN) : loud[-1] + MARGIN]
    return (kept * (LEVEL / speech_level(kept))).astype(np.float32)


def judged(meaning: Callable[[str], Meaning | None], text: str, said: Said) -> str:
    """By what was carried out, and what the text means."""
    if not said.heard:
        return "not heard"
    wanted = meaning(text)
    done = [meaning(one) for one in said.heard]
    if said.asked_back:
        done[-1] = None  # It has done nothing yet.
    if wanted is None:
        return "wrong" if any(done) else "right"
    for heard, one in zip(said.heard, done, strict=True):
        if one is not None and (one != wanted or _opposites(heard) != _opposites(text)):
            return "wrong"
    if said.asked_back:
        return "asked back"
    if any(done):
        return "right"
    return "refused" if any(said.heard) else "asked back"


def _opposites(text: str) -> list[str]:
    return _OPPOSITES.findall(text.lower())


def interval(results: Sequence[TurnResult], outcome: str) -> tuple[float, float]:
    """Of the share, by drawing recordings anew."""
    clips = list(dict.fromkeys(result.clip for result in results))
    of = {clip: [one.outcome == outcome for one in results if one.clip == clip] for clip in clips}
    draws = np.random.default_rng(1).integers(0, len(clips), (2000, len(clips)))
    counts = np.array([(sum(of[clip]), len(of[clip])) for clip in clips])[draws].sum(axis=1)
    low, high = np.percentile(counts[:, 0] / counts[:, 1], [2.5, 97.5])
    return float(low), float(high)


def report(condition: str, results: Sequence[TurnResult], verbose: bool) -> None:
    counts = Counter(result.outcome for result in results)
    shares = []
    for outcome in OUTCOMES:
        low, high = interval(results, outcome)
        shares.append(f"{outcome} {counts[outcome]} ({low:.0%} to {high:.0%})")
    print(f"{condition:9} {len(results)} turns: {', '.join(shares)}", flush=True)
    calls = {one.call for one in results}
    missed = {call: sum(one.call == call and not one.heard for one in results) for call in calls}
    print(f"    not heard, by recording of the call: {missed}")
    for result in results:
        if verbose or result.outcome != "right":
            print(f"    {result.outcome:10} {result.wanted or '-'} | {' / '.join(result.heard)}")


async def measure(options: argparse.Namespace) -> list[TurnResult]:
    words, rooms = wake_words(options.data), list(responses(options.data).values())
    turns = script(options.data, options.turns, len(words), len(rooms))
    results = _earlier(options.json)
    known = {(one.condition, one.turn) for one in results}
    async with Line(config(options.model, options.kokoro)).running() as line:
        print(f"Whisper on {line.placed}", flush=True)
        for condition in options.conditions:
            for at, turn in enumerate(turns):
                if (condition, at) in known:
                    continue
                aloud = "" if condition == "quiet" else turn.read_aloud
                begins_s = BEGIN_S + (LEAD_S if aloud else 0.0)
                said = await line.converse(
                    user(turn, words[turn.wake], begins_s),
                    rooms[turn.room],
                    ROOMS[turn.way],
                    echo_level=LEVEL * 10 ** (options.below_db / 20),
                    cancels=condition == "cancelled",
                    aloud=aloud,
                    seed=at,
                )
                result = TurnResult(
                    condition,
                    at,
                    turn.path.name,
                    turn.wake,
                    turn.text,
                    judged(line.meaning, turn.text, said),
                    said.heard,
                    said.replied,
                )
                results.append(result)
                if options.json is not None:
                    with options.json.open("a") as file:
                        file.write(f"{json.dumps(asdict(result))}\n")
    return results


def _earlier(path: Path | None) -> list[TurnResult]:
    if path is None or not path.exists():
        return []
    return [TurnResult(**json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--kokoro", default="", help="Marvin's voice; else espeak-ng")
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--conditions", nargs="+", default=list(CONDITIONS), choices=CONDITIONS)
    parser.add_argument("--below-db", type=float, default=6.0, help="echo, louder than the user")
    parser.add_argument(
        "--json", type=Path, help="file for results; a run that was stopped goes on"
    )
    parser.add_argument("-v", action="store_true", dest="verbose", help="print every turn")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=RoomLoop) as runner:
        results = runner.run(measure(options))
    for condition in options.conditions:
        report(condition, [one for one in results if one.condition == condition], options.verbose)


if __name__ == "__main__":
    main()
