"""Silences transformers."""

from marvin.backends.pretrained.lock import transformers_lock


def quiet() -> None:
    """Turn off the progress bars, weight reports and warnings of transformers for the whole
    process. Errors still raise; Marvin reports missing weights itself."""
    with transformers_lock:
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
