"""Records a sentence from a microphone: from the first word to the silence after the last."""

from collections.abc import Callable
from contextlib import aclosing
from functools import partial

from marvin.cancellation import CancelToken
from marvin.config.tables import Config
from marvin.conversation.ear import Ear, HeardChunk, load_ear
from marvin.conversation.utterance import UtteranceInProgress
from marvin.engines.engine_set import STOP_S
from marvin.engines.workers.worker import Worker
from marvin.errors import EnrolmentError
from marvin.protocols import AudioSource
from marvin.types import AudioChunk, Endpoint, Samples

_EAR_S = 5.0
"""The ear takes milliseconds per chunk; after this long it hangs."""


async def record_sentence(
    config: Config, source: AudioSource, on_ready: Callable[[], None]
) -> Samples:
    """`on_ready` is called when the user may speak.

    Raises:
        EnrolmentError: Nobody spoke.
        AudioDeviceError: The microphone is lost.
    """
    ear = Worker("marvin-ear", lambda _: load_ear(config))
    await ear.start()
    try:
        utterance = UtteranceInProgress(config.turn)
        on_ready()
        async with aclosing(source.chunks()) as chunks:
            async for chunk in chunks:
                heard = await ear.call(partial(_hear, chunk), _EAR_S)
                endpoint = utterance.hear(heard)
                if endpoint is Endpoint.NO_SPEECH:
                    break
                if endpoint is not Endpoint.NONE:
                    return utterance.utterance(endpoint).samples
    finally:
        await ear.stop(STOP_S)
    raise EnrolmentError(
        "nobody spoke: `marvin test-mic` shows what the microphone hears, and `--from FILE` "
        "takes recordings instead"
    )


def _hear(chunk: AudioChunk, ear: Ear, token: CancelToken) -> HeardChunk:
    return ear.hear(chunk, armed=False, speaking=False)
