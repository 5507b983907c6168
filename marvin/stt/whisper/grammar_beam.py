"""Beam search for the sentences of a grammar that fit the audio best.

A sentence's log-probability is the sum over its tokens, and the probabilities of its forms ("Turn
on", "turn on.") are added up. The mean, by which free texts are compared, would favour long
sentences; so would forms that compete with each other favour those that have few.

Whisper expects some sentences whatever it hears: in babble, "thank you" and "what is your name" are
likelier than the words that were said. So a part of the log-probability that silence gives the same
text is subtracted (internal language model estimation: Meng et al. 2021, arXiv:2011.01991).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marvin.cancellation import CancelToken
    from marvin.stt.whisper.branching_decoder import BranchingDecoder
    from marvin.stt.whisper.token_graph import GraphPlace, TokenGraph

ValueT = TypeVar("ValueT", float, "NDArray[np.float64]")

WIDTH = 8
"""Texts that are continued at once."""
EXPECTED = 0.5
"""Part of the log-probability in silence that is subtracted. From 0.3 to 0.7 the same sentences are
found in babble; at 0 common phrases crowd them out, at 1 rare words do."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    text: str
    """In the spelling of the grammar."""
    log_probability: float
    """Sum over the tokens, with the end token, of all forms found."""
    rank: float
    """The same less what Whisper expects in silence. Sentences are compared by it."""
    tokens: tuple[int, ...]
    """The likeliest form."""
    evidence: tuple[float, ...]
    """By how much the audio makes the first tokens of this form likelier than silence does, in
    nats: of 0, 1, ... tokens, and of all of them with the end token."""
    form_log_probability: float
    """That of the likeliest form."""

    def heard(self, start: int) -> float:
        """By how much the audio makes the tokens from `start` on likelier than silence does."""
        return self.evidence[-1] - self.evidence[start]


@dataclass(frozen=True, slots=True)
class _Beginning:
    place: GraphPlace
    tokens: tuple[int, ...] = ()
    log_probability: float = 0.0
    evidence: tuple[float, ...] = (0.0,)


def _rank(log_probability: ValueT, evidence: ValueT) -> ValueT:
    """`log_probability` - EXPECTED * that in silence."""
    return (1 - EXPECTED) * log_probability + EXPECTED * evidence


def likeliest_sentences(
    decoder: BranchingDecoder,
    silence: BranchingDecoder,
    graph: TokenGraph,
    token: CancelToken,
    *,
    least: float = -inf,
    most: int = 100,
    opening: Sequence[int] = (),
    answer: bool = False,
    width: int = WIDTH,
) -> list[ScoredSentence]:
    """The likeliest sentences, best first.

    Args:
        decoder: Of the audio; has read nothing yet.
        silence: Of silence; has read nothing yet.
        graph: The grammar.
        token: Checked before each step.
        least: Texts with a lower log-probability are not followed.
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
        scores, expected = decoder.begin().numpy(), silence.begin().numpy()
        beam = [_Beginning(graph.start(opening, answer=answer))]
        for _ in range(most):
            parents, beam = _continued(beam, scores, expected, graph, least, width)
            if not beam:
                break
            token.check()
            tokens = [one.tokens[-1] for one in beam]
            scores, expected = (of.branch(parents, tokens).numpy() for of in (decoder, silence))
            for one, row, usual in zip(beam, scores, expected, strict=True):
                _collect(found, one, float(row[decoder.end]), float(usual[decoder.end]), least)
    return sorted(found.values(), key=lambda one: -one.rank)


def _continued(
    beam: Sequence[_Beginning],
    scores: NDArray[np.float32],
    expected: NDArray[np.float32],
    graph: TokenGraph,
    least: float,
    width: int,
) -> tuple[list[int], list[_Beginning]]:
    """The best continuations by one token, each with the index of what it continues."""
    choices: list[tuple[float, int, int, float, float]] = []
    for index, (one, row, usual) in enumerate(zip(beam, scores, expected, strict=True)):
        tokens = graph.tokens(one.place)
        tokens = tokens[one.log_probability + row[tokens].astype(np.float64) > least]
        gains = row[tokens].astype(np.float64)
        totals = one.log_probability + gains
        evidence = one.evidence[-1] + gains - usual[tokens]
        ranks = _rank(totals, evidence)
        choices += [
            (-float(ranks[at]), index, int(tokens[at]), float(totals[at]), float(evidence[at]))
            for at in np.argsort(-ranks, kind="stable")[:width]
        ]
    choices = sorted(choices)[:width]
    return [index for _, index, *_ in choices], [
        _Beginning(
            graph.after(beam[index].place, token),
            (*beam[index].tokens, token),
            total,
            (*beam[index].evidence, evidence),
        )
        for _, index, token, total, evidence in choices
    ]


def _collect(
    found: dict[str, ScoredSentence], one: _Beginning, ends: float, usual: float, least: float
) -> None:
    """Add the sentences that end here."""
    total = one.log_probability + ends
    if not total > least:
        return
    evidence = (*one.evidence, one.evidence[-1] + ends - usual)
    rank = _rank(total, evidence[-1])
    for text in one.place.complete:
        form = ScoredSentence(text, total, rank, one.tokens, evidence, total)
        other = found.get(text)
        found[text] = form if other is None else _together(other, form)


def _together(one: ScoredSentence, other: ScoredSentence) -> ScoredSentence:
    """The same sentence in more forms."""
    likelier = max((one, other), key=lambda form: form.form_log_probability)
    return replace(
        likelier,
        log_probability=float(np.logaddexp(one.log_probability, other.log_probability)),
        rank=float(np.logaddexp(one.rank, other.rank)),
    )
