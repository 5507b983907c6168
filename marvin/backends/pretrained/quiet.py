"""Keeps what transformers says to programmers off the user's terminal."""

from marvin.backends.pretrained.lock import transformers_lock


def quiet() -> None:
    """For the rest of the process transformers draws no bars, shows no tables of weights and gives
    no advice about settings. What goes wrong is raised, or asked for and told by Marvin."""
    with transformers_lock:
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
