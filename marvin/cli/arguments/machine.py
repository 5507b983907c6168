"""Commands about this machine, its configuration and its models."""

from marvin.cli.arguments.adding import Adder


def add_machine(add: Adder) -> None:
    devices = add.command(
        "devices", "machine:devices", "List microphones and speakers.", "marvin devices"
    )
    devices.add_argument("--json", action="store_true", help="as JSON")

    add.command(
        "config",
        "machine:config",
        "Print the configuration in force, and where each value is from.",
        "marvin config --profile embedded",
    )

    placement = add.command(
        "placement",
        "placement:placement",
        "Show where each model computes, in how much memory, and why.",
        "marvin placement --profile laptop",
    )
    placement.add_argument("--json", action="store_true", help="as JSON")
    placement.add_argument(
        "--measure", action="store_true", help="measure this machine again: two seconds"
    )


def add_models(add: Adder) -> None:
    """Models of the Hugging Face Hub."""
    models = add.group("models", "Fetch models, check and delete them.")
    show = models.command(
        "list",
        "models:show",
        "List the models that Marvin knows or has: size, licence, what is here.",
        "marvin models list",
    )
    show.add_argument("--json", action="store_true", help="as JSON")
    pull = models.command(
        "pull",
        "models:pull",
        "Fetch the models of a profile, or single ones.",
        "marvin models pull laptop",
    )
    pull.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="profiles or Hub ids (the best profile for this machine)",
    )
    pull.add_argument(
        "--update", action="store_true", help="the newest commit, not the one that is pinned"
    )
    pull.add_argument(
        "--repair", action="store_true", help="read every byte that is here, replace what is broken"
    )
    models.command(
        "check",
        "models:check",
        "Compare every file with what the Hub had when it was fetched.",
        "marvin models check",
    )
    prune = models.command(
        "prune",
        "models:prune",
        "Delete models that Marvin fetched and that nothing needs any more.",
        "marvin models prune",
    )
    prune.add_argument("--yes", action="store_true", help="without asking")
