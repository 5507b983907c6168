"""The tables of `published_whisper`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.accuracy.word_errors import interval, words
from benchmarks.ratio_table import Row
from marvin.stt.sounds import distance

TRANSFORMERS = "transformers, 30 s, greedy"
MARVIN = {dtype: f"Marvin {dtype}" for dtype in ("float32", "bfloat16", "int8")}
NOISE = "noise"
_GOALS = {TRANSFORMERS: (0.003, 0.3), "faster-whisper int8": (0.0, 1.0)}
"""How much higher Marvin's word error rate may be, and its highest share of the CPU time."""


@dataclass(slots=True)
class Hearing:
    """A recording, and what each contender made of it."""

    file: str
    source: str
    text: str
    """What is said; empty for noise."""
    texts: dict[str, str] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Words that are said."""
        return len(words(self.text))

    def wrong(self, name: str) -> int:
        return distance(words(self.text), words(self.texts[name]))


def report(heard: Sequence[Hearing], dtype: str, *, verbose: bool) -> None:
    """Markdown."""
    said = [one for one in heard if one.source != NOISE]
    noise = [one for one in heard if one.source == NOISE]
    if not said:
        return
    print(f"\n{len(said)} recordings, {sum(one.count for one in said)} words\n")
    print("| | WER | against transformers, points (95 %) | texts differ: better, worse | CPU |")
    print("|---|---|---|---|---|")
    for name in said[0].texts:
        print(f"| {' | '.join(_line(said, name))} |")
    print(f"\n`auto` chooses {dtype} here. WER, and CPU of transformers' by source:\n")
    _by_source(said)
    if noise:
        print(f"\n{len(noise)} recordings of noise: texts\n")
        for name in noise[0].texts:
            made_up = [one.texts[name] for one in noise if words(one.texts[name])]
            print(f"- {name}: {len(made_up)} {made_up if verbose else ''}")
    if verbose:
        _differences(said)


def _line(said: Sequence[Hearing], name: str) -> Iterator[str]:
    total = sum(one.count for one in said)
    change = [one.wrong(name) - one.wrong(TRANSFORMERS) for one in said]
    low, high = (one / total * 100 for one in interval(change))
    other = sum(words(one.texts[name]) != words(one.texts[TRANSFORMERS]) for one in said)
    yield name
    yield f"{_rate(said, name):.1%}"
    yield f"{sum(change) / total * 100:+.1f} ({low:+.1f} to {high:+.1f})"
    yield f"{other}: {sum(one < 0 for one in change)}, {sum(one > 0 for one in change)}"
    yield f"{_cpu(said, name) / _cpu(said, TRANSFORMERS):.2f}"


def _by_source(said: Sequence[Hearing]) -> None:
    sources = sorted({one.source for one in said})
    groups = {source: [one for one in said if one.source == source] for source in sources}
    print(f"| | {' | '.join(f'{name} ({len(group)})' for name, group in groups.items())} |")
    print(f"|---|{'---|' * len(groups)}")
    for name in said[0].texts:
        cells = (
            f"{_rate(group, name):.1%}, {_cpu(group, name) / _cpu(group, TRANSFORMERS):.2f}"
            for group in groups.values()
        )
        print(f"| {name} | {' | '.join(cells)} |")


def _differences(said: Sequence[Hearing]) -> None:
    for one in said:
        if len({tuple(words(text)) for text in one.texts.values()}) > 1:
            print(f"\n{one.file}: {one.text}")
            for name, text in one.texts.items():
                print(f"  {one.wrong(name):2} {name:34} {text}")


def rows(heard: Sequence[Hearing], dtype: str) -> list[Row]:
    """Marvin as placed beside each of the others: errors and CPU time."""
    said = [one for one in heard if one.source != NOISE]
    ours = MARVIN.get(dtype, "")
    if not said or ours not in said[0].texts:
        return []
    what = f"{len(said)} recordings, published Whisper"
    result = []
    for name in said[0].texts:
        if name in MARVIN.values():
            continue
        wer, cpu = ([rate(said, one) for one in (ours, name)] for rate in (_rate, _cpu))
        more, least = _GOALS.get(name, (None, None))
        limit = None if more is None else 100 * (wer[1] + more)
        errors = [[100 * one] for one in wer]
        result += [
            Row(f"{what}: word error rate", ours, name, *errors, None, "%", limit),
            Row(f"{what}: CPU", ours, name, cpu[:1], cpu[1:], least),
        ]
    return result


def _rate(said: Sequence[Hearing], name: str) -> float:
    return sum(one.wrong(name) for one in said) / sum(one.count for one in said)


def _cpu(said: Sequence[Hearing], name: str) -> float:
    return sum(one.cpu_s[name] for one in said)
