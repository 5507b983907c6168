"""What the commands about recordings and questions have in common."""

import argparse

from marvin.errors import ConfigError
from marvin.workshop.audio_questions.columns import KEYS, Columns
from marvin.workshop.audio_questions.opening import DataRequest


def data_request(arguments: argparse.Namespace, name: str, task: str) -> DataRequest:
    """Raises ConfigError for a malformed option."""
    names = {}
    for option in arguments.columns:
        key, equals, column = option.partition("=")
        if not equals or key not in KEYS or not column:
            raise ConfigError(
                f"--columns {option}: expected KEY=NAME with one of {', '.join(KEYS)}, "
                "as in answer=official_answer"
            )
        names[key] = column
    questions = {}
    for option in arguments.question:
        category, equals, text = option.partition("=")
        # A question may have an equals sign, a category has no space.
        named = bool(equals) and " " not in category.strip()
        questions[category.strip() if named else ""] = (text if named else option).strip()
    columns = Columns(task, names, questions)
    return DataRequest(name, arguments.subset, arguments.split, columns)
