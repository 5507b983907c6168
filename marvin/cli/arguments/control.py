"""Commands to the Marvin that runs."""

from marvin.cli.arguments.adding import Adder


def add_control(add: Adder) -> None:
    status = add.command(
        "status",
        "status:status",
        "Show what the running Marvin is doing, what has happened, and where the time goes.",
        "marvin status --json",
    )
    status.add_argument("--json", action="store_true", help="as JSON")
    for name, text in (
        ("listen", "Make the running Marvin listen, as if it had heard its name."),
        ("stop", "Stop what the running Marvin is saying. It goes on listening."),
        ("mute", "Stop the running Marvin from listening, until `marvin unmute`."),
        ("unmute", "Make the running Marvin listen again."),
        ("events", "Follow what the running Marvin hears and does, as lines of JSON."),
        ("reload", "Make the running Marvin read models.toml again."),
    ):
        add.command(name, f"control:{name}", text, f"marvin {name}")
