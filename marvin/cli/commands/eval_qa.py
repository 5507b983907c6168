"""`marvin eval qa`."""

import argparse
import sys
from itertools import islice

from rich.text import Text

from marvin.backends.pretrained.adapter import load_with_adapter
from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.example_data import data_request
from marvin.cli.commands.output import print
from marvin.cli.commands.progress_bar import shown
from marvin.workshop.audio_questions.answering import Answerer
from marvin.workshop.audio_questions.example import BadExamples
from marvin.workshop.audio_questions.opening import open_examples
from marvin.workshop.audio_questions.place_chosen import chosen_place
from marvin.workshop.audio_questions.qa_evaluation import Questioning, scorecard
from marvin.workshop.scorecard import as_json, as_text
from marvin.workshop.wake_train.progress import Stage, TrainingPace


def evaluate(arguments: argparse.Namespace) -> int:
    console = CleanConsole(highlight=False)
    progress = CleanConsole(file=sys.stderr, highlight=False, soft_wrap=True)
    bad = BadExamples(skip=arguments.skip_bad, tell=lambda text: progress.print(text, markup=False))
    # First, because it takes no time to find it wrong.
    examples = open_examples(data_request(arguments, arguments.data, "qa"), bad)
    place = chosen_place(arguments.device, arguments.dtype)
    loaded = load_with_adapter("--model", arguments.model, place)
    prompt = AudioPrompt(loaded.processor, loaded.family)
    asking = Questioning(Answerer(loaded.model, prompt, arguments.tokens), bad, arguments.batch)
    with shown(progress) as report:
        total = arguments.limit or examples.known_length or 0
        pace = TrainingPace(report, Stage.ANSWER, total)
        asking.ask(islice(examples.examples(), arguments.limit), pace.step)
    card = scorecard(asking, arguments.model, arguments.data)
    if arguments.json:
        print(to_json(as_json(card)))
        return 0
    for part in as_text(card):
        console.print(part, soft_wrap=isinstance(part, Text))
    return 0
