"""Arguments of the commands for skills."""

from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.conversation import as_text


def add_skills(add: Adder) -> None:
    skills = add.group("skills", "List, test and write skills.")
    show = skills.command(
        "list",
        "skills:show",
        "List the built-in skills and your own, with examples.",
        "marvin skills list",
    )
    show.add_argument("--json", action="store_true", help="print JSON")
    test = skills.command(
        "test",
        "skills:test",
        "Show which skill understands a sentence; without one, test your own skills.",
        'marvin skills test "water the fern" --run',
    )
    test.add_argument("text", nargs="*", metavar="TEXT", type=as_text, help="the sentence")
    test.add_argument("--run", action="store_true", help="also run the skill, and print the answer")
    new = skills.command(
        "new",
        "skills:new",
        "Write a skill to start from.",
        "marvin skills new garden",
    )
    new.add_argument("name", metavar="NAME", help="name of the file, without .py")
