"""Beam search for the sentences of a grammar that fit the audio best.

The score of a sentence is the sum of the log-probabilities of its tokens, and the probabilities of
its forms ("Turn on", "turn on.") are added up. The mean, by which free texts are compared, would
favour long sentences; so would forms that compete with each other favour those that have few.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marvin.cancellation import CancelToken
    from marvin.stt.whisper.branching_decoder import BranchingDecoder
    from marvin.stt.whisper.token_graph import GraphPlace, TokenGraph

WIDTH = 8
"""Texts that are continued at once."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    text: str
    """In the spelling of the grammar."""
    log_probability: float
    """Sum over the tokens, with the end token, of all forms found."""
    tokens: tuple[int, ...]
    """The likeliest form."""
    form_log_probability: float
    """That of the likeliest form."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    place: GraphPlace
    tokens: tuple[int, ...] = ()
    log_probability: float = 0.0


def likeliest_sentences(
    decoder: BranchingDecoder,
    graph: TokenGraph,
    token: CancelToken,
    *,
    least: float = -inf,
    spread: float = inf,
    most: int = 100,
    opening: Sequence[int] = (),
    answer: bool = False,
    width: int = WIDTH,
) -> list[ScoredSentence]:
    """The likeliest sentences, best first.

    Args:
        decoder: Has read nothing yet.
        graph: The grammar.
        token: Checked before each step.
        least: Texts with a lower log-probability are not followed.
        spread: Nor are those that fall this far behind the best sentence.
        most: Maximum number of tokens.
        opening: Tokens that may precede a sentence, besides those that the graph knows.
        answer: Adds the graph's answers.
        width: Number of texts that are continued at once.

    Raises:
        Cancelled: The token was cancelled.
    """
    import torch

    found: dict[str, ScoredSentence] = {}
    with torch.inference_mode():
        scores = decoder.begin().numpy()
        beam = [_Beginning(graph.start(opening, answer=answer))]
        for _ in range(most):
            parents, beam = _continued(beam, scores, graph, least, width)
            if not beam:
                break
            token.check()
            scores = decoder.branch(parents, [one.tokens[-1] for one in beam]).numpy()
            for one, ends in zip(beam, scores[:, decoder.end], strict=True):
                _collect(found, one, float(ends), least)
            best = max((one.log_probability for one in found.values()), default=-inf)
            least = max(least, best - spread)
    return sorted(found.values(), key=lambda one: -one.log_probability)


def _continued(
    beam: Sequence[_Beginning],
    scores: NDArray[np.float32],
    graph: TokenGraph,
    least: float,
    width: int,
) -> tuple[list[int], list[_Beginning]]:
    """The best continuations by one token, each with the index of what it continues."""
    choices: list[tuple[float, int, int]] = []
    for index, (one, row) in enumerate(zip(beam, scores, strict=True)):
        tokens = graph.tokens(one.place)
        totals = one.log_probability + row[tokens].astype(np.float64)
        order = np.argsort(-totals, kind="stable")[:width]
        choices += [(-totals[at], index, int(tokens[at])) for at in order if totals[at] > least]
    choices = sorted(choices)[:width]
    return [index for _, index, _ in choices], [
        _Beginning(
            graph.after(beam[index].place, token), (*beam[index].tokens, token), -float(total)
        )
        for total, index, token in choices
    ]


def _collect(found: dict[str, ScoredSentence], one: _Beginning, ends: float, least: float) -> None:
    """Add the sentences that end here."""
    total = one.log_probability + ends
    if not total > least:
        return
    for text in one.place.complete:
        other = found.get(text)
        if other is None:
            found[text] = ScoredSentence(text, total, one.tokens, total)
            continue
        together = float(np.logaddexp(other.log_probability, total))
        best = max((other.form_log_probability, other.tokens), (total, one.tokens))
        found[text] = ScoredSentence(text, together, best[1], best[0])
