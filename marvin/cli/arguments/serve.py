"""Arguments of `marvin serve`."""

from marvin.cli.arguments.adding import Adder

WYOMING = "tcp://127.0.0.1:10400"
HTTP = "127.0.0.1:8080"


def add_serve(add: Adder) -> None:
    serve = add.command(
        "serve",
        "serve:serve",
        "Let other programs use the engines, without microphone and speaker.",
        "marvin serve --wyoming tcp://0.0.0.0:10400",
    )
    serve.add_argument(
        "--wyoming",
        nargs="?",
        const=WYOMING,
        metavar="ADDRESS",
        help=f"serve Home Assistant and others that speak Wyoming ({WYOMING})",
    )
    serve.add_argument(
        "--http",
        nargs="?",
        const=HTTP,
        metavar="ADDRESS",
        help=f"serve the page in the browser, and programs that use OpenAI's API ({HTTP})",
    )
    serve.add_argument("--json", action="store_true", help="print events as JSON, one per line")
