"""Runs transformers' `generate` on a thread and streams its text."""

from __future__ import annotations

import copy
import threading
import time
from typing import TYPE_CHECKING, Any

from marvin.backends.pretrained.failures import device_failures
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.stopping import before_each, stoppable
from marvin.backends.pretrained.threads import use_threads
from marvin.cancellation import Cancelled, CancelToken
from marvin.errors import LanguageModelError
from marvin.llm.transformers.kept_cache import KeptCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from marvin.config.hearing import AudioLanguageModelConfig
    from marvin.config.llm import TransformersConfig

_TOP_P = 0.9
"""Default for checkpoints without a `top_p`."""
_SIGN_S = 1.0
"""Interval of the signs that a long prompt is being read."""


class Writer:
    """A model with its tokenizer, sampling settings and KV cache."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        config: TransformersConfig | AudioLanguageModelConfig,
        name: str,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._name = name
        self._seed = config.seed
        self._settings = _settings(model, tokenizer, config.temperature)
        self._layers = _layers(model)
        self._cache = KeptCache(model)

    def write(
        self,
        ids: Sequence[int],
        max_tokens: int,
        token: CancelToken,
        heard: Mapping[str, Tensor] | None = None,
    ) -> Iterator[str]:
        """Text that follows the prompt `ids`, one or more words at a time; empty text is a sign
        that the prompt is still being read. `heard`: recordings, as the model gets them.

        `generate` needs a thread to stream. The thread ends with the call: at the end of the text,
        on cancellation, or when the consumer stops.

        Raises:
            LanguageModelError: The model produced NaN.
            DeviceFailedError: The device is out of memory or gone.
            Cancelled: The token was cancelled.
        """
        import torch

        streamer = self._streamer()
        closed = CancelToken()
        failures: list[BaseException] = []
        threads = torch.get_num_threads()

        def run() -> None:
            try:
                use_threads(threads)
                self._generate(ids, max_tokens, streamer, (token, closed), heard or {})
            except BaseException as error:  # noqa: BLE001 - raised again in the consumer
                failures.append(error)
            finally:
                streamer.on_finalized_text("", stream_end=True)

        thread = threading.Thread(target=run, name="marvin-llm-writing", daemon=True)
        thread.start()
        try:
            for text in streamer:
                token.check()
                yield text
        finally:
            closed.cancel()
            thread.join()
        if failures:
            # Popped: an exception referenced from its own frames would keep their tensors alive.
            raise failures.pop()

    def _streamer(self) -> Any:
        with transformers_lock:
            from transformers import TextIteratorStreamer

        return TextIteratorStreamer(
            self._tokenizer,
            skip_prompt=True,
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )

    def _generate(
        self,
        ids: Sequence[int],
        max_tokens: int,
        streamer: Any,
        tokens: tuple[CancelToken, CancelToken],
        heard: Mapping[str, Tensor],
    ) -> None:
        import torch

        settings = copy.copy(self._settings)
        settings.max_new_tokens = max_tokens
        if self._seed is not None:
            torch.manual_seed(self._seed)
        # Recordings look alike as tokens: what was computed for one is not for another.
        most = ids.index(self._model.config.audio_token_id) if heard else None
        cache, common = self._cache.take(ids, most)
        read = list(ids[:common])

        def observe(so_far: Any, scores: Any) -> Any:
            """Logits processor, called after each step: tracks the tokens read, checks for NaN."""
            read[:] = so_far[0].tolist()
            if scores.isnan().any():
                raise LanguageModelError(self._nan_message())
            return scores

        stopped, closed = tokens
        sign = _sign_of_life(streamer)
        try:
            with (
                torch.inference_mode(),
                device_failures(self._name),
                stoppable(stopped, *self._layers),
                stoppable(closed, *self._layers),
                before_each(sign, *self._layers),
            ):
                prompt = torch.tensor([list(ids)], device=self._model.device)
                self._model.generate(
                    prompt,
                    attention_mask=torch.ones_like(prompt),
                    generation_config=settings,
                    logits_processor=[observe],
                    streamer=streamer,
                    **{name: self._placed(value) for name, value in heard.items()},
                    **({} if cache is None else {self._cache.name: cache}),
                )
        except Cancelled:
            self._cache.keep(cache, read)
            raise
        self._cache.keep(cache, read)

    def _placed(self, value: Tensor) -> Tensor:
        numbers = self._model.dtype if value.is_floating_point() else value.dtype
        return value.to(self._model.device, numbers)

    def _nan_message(self) -> str:
        what = f"{self._name}: the model produced NaN"
        if self._model.dtype.itemsize < 4:
            return f'{what} in {self._model.dtype}; set llm.dtype = "float32"'
        return f"{what}; its weights are damaged, or the device is faulty: try another llm.device"


def _sign_of_life(streamer: Any) -> Callable[[], None]:
    """Streams empty text, at most once in _SIGN_S."""
    last_s = time.monotonic()

    def sign() -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= _SIGN_S:
            last_s = time.monotonic()
            streamer.on_finalized_text("")

    return sign


def _settings(model: Any, tokenizer: Any, temperature: float) -> Any:
    """Sampling settings and end tokens; the rest comes from the checkpoint."""
    with transformers_lock:
        from transformers import GenerationConfig

    published = model.generation_config
    # `generate` merges in the checkpoint's settings, and rejects this one if we pass a cache.
    published.cache_implementation = None
    ends = published.eos_token_id
    stops = {*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id} - {None}
    settings = GenerationConfig(
        do_sample=temperature > 0,
        num_beams=1,
        eos_token_id=sorted(stops) or None,
        pad_token_id=min(stops, default=0),
    )
    if temperature > 0:
        settings.temperature = temperature
        settings.top_p = _TOP_P if published.top_p is None else published.top_p
    return settings


def _layers(model: Any) -> Sequence[Any]:
    """The blocks of decoder and audio encoder, between which it can be stopped; the model itself if
    there are none."""
    from torch.nn import ModuleList

    parts = (model.config.get_text_config(), getattr(model.config, "audio_config", None))
    counts = {getattr(part, "num_hidden_layers", None) for part in parts}
    lists = [module for module in model.modules() if isinstance(module, ModuleList)]
    return [block for blocks in lists if len(blocks) in counts for block in blocks] or [model]
