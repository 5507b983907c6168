"""Assigning drafts to utterances, and drafts in Moonshine."""

import weakref
from pathlib import Path

import numpy as np

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU
from marvin.cancellation import CancelToken
from marvin.config.stt import MoonshineConfig
from marvin.hub.source import Source
from marvin.stt.drafts import Drafts, Following
from marvin.stt.moonshine import MoonshineTranscriber
from marvin.types import RATE_HZ, Endpoint, Partial, Utterance
from tests.checkpoints.moonshine import make_moonshine
from tests.stt.hearing import before_each, noise

SOUND = noise(1.0)


def test_utterance_is_the_same_while_it_starts_with_the_same_audio() -> None:
    following = Following()
    assert following.continues(SOUND[:100])
    assert following.continues(SOUND[:100])
    assert following.continues(SOUND)
    assert not following.continues(SOUND[:100]), "a shorter one is another utterance"
    assert not following.continues(-SOUND)
    following.forget()
    assert following.continues(SOUND)


def test_audio_does_not_stay_in_memory() -> None:
    following, samples = Following(), noise(1.0)
    said = weakref.ref(samples)
    following.continues(samples)
    del samples
    assert said() is None


def test_draft_is_kept_for_its_window_until_the_next_utterance() -> None:
    drafts = Drafts[str](wanted=True)
    drafts.follow(SOUND[:100])
    drafts.keep(0, "one")
    drafts.keep(50, "two")
    drafts.follow(SOUND)
    assert (drafts.at(0), drafts.at(50), drafts.at(60)) == ("one", "two", None)
    drafts.keep(0, "more")
    assert drafts.at(0) == "more"
    drafts.follow(np.concatenate([-SOUND, SOUND]))
    assert drafts.at(0) is None


def test_no_draft_is_kept_if_none_is_wanted() -> None:
    drafts = Drafts[str](wanted=False)
    drafts.follow(SOUND)
    drafts.keep(0, "one")
    assert drafts.at(0) is None


def moonshine(folder: Path, *, drafts: bool) -> list[Partial]:
    """Partial transcripts every 200 ms."""
    config = MoonshineConfig(
        model=str(folder), drafts=drafts, min_log_probability=-10.0, max_repeats=100
    )
    transcriber = MoonshineTranscriber.load(config, CPU)
    samples = noise(2.0)
    return [
        transcriber.partial(Utterance(samples[:end], 0, 1.0, Endpoint.NONE), CancelToken())
        for end in range(RATE_HZ // 5, len(samples) + 1, RATE_HZ // 5)
    ]


def test_drafts_do_not_change_moonshine_s_text_and_save_steps(tmp_path: Path) -> None:
    from transformers import MoonshineForConditionalGeneration

    folder = make_moonshine(tmp_path)
    source = Source("stt.model", str(folder))
    model = load_model(MoonshineForConditionalGeneration, source, CPU)
    heard: list[list[Partial]] = []
    counts: list[int] = []
    for drafts in (False, True):
        steps: list[int] = []
        with before_each(model.model.decoder, lambda steps=steps: steps.append(1)):  # type: ignore[misc]
            heard.append(moonshine(folder, drafts=drafts))
        counts.append(len(steps))
    assert heard[0] == heard[1]
    assert any(partial.text for partial in heard[0])
    assert counts[1] < counts[0]
