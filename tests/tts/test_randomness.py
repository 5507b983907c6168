"""Each voice has its own random generator."""

import threading

import torch  # noqa: TID253 (a test)

from marvin.tts.randomness import seeded


def draw() -> list[torch.Tensor]:
    return [
        torch.randn(3),
        torch.randn_like(torch.zeros(2, dtype=torch.float64)),
        torch.multinomial(torch.ones(50), 5),
    ]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_same_seed_draws_the_same() -> None:
    with seeded(1):
        one = draw()
    with seeded(1):
        again = draw()
    with seeded(2):
        other = draw()
    assert same(one, again)
    assert not same(one, other)
    assert one[1].dtype == torch.float64


def test_successive_draws_differ() -> None:
    with seeded(1):
        assert not same(draw(), draw())


def test_global_generator_is_not_touched() -> None:
    torch.manual_seed(3)
    untouched = draw()
    torch.manual_seed(3)
    with seeded(1):
        draw()
    assert same(draw(), untouched)


def test_other_threads_draw_from_their_own() -> None:
    drawn: list[torch.Tensor] = []
    torch.manual_seed(3)
    expected = draw()
    torch.manual_seed(3)
    with seeded(1):
        thread = threading.Thread(target=lambda: drawn.extend(draw()))
        thread.start()
        thread.join()
    assert same(drawn, expected)


def test_without_a_seed_nothing_changes() -> None:
    torch.manual_seed(3)
    expected = draw()
    torch.manual_seed(3)
    with seeded(None):
        assert same(draw(), expected)
