"""What a realtime session keeps."""

import numpy as np

from marvin.service.http.realtime_items import RealtimeItem, RealtimeItems
from marvin.types import Endpoint, Utterance


def test_items_keep_their_audio_only_until_it_is_transcribed_or_another_follows() -> None:
    items = RealtimeItems()
    said = Utterance(np.zeros(16_000, np.float32), 0, 1.0, Endpoint.SILENCE)
    first, second = (RealtimeItem(name, "user", None, said, 1.0) for name in "ab")
    items.add(first)
    items.add(second)
    assert (first.utterance, second.utterance) == (None, said)
    second.transcribed("what time is it")
    assert second.utterance is None
    assert second.as_json()["content"] == [{"type": "input_audio", "transcript": "what time is it"}]
