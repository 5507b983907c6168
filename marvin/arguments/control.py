"""Commands to the Marvin that runs."""

from marvin.arguments.adding import Adder


def add_control(add: Adder) -> None:
    status = add.command(
        "status",
        "status:status",
        "Show what the running Marvin does, what happened, and where the time goes.",
        "marvin status --json",
    )
    status.add_argument("--json", action="store_true", help="as JSON")
    for name, text in (
        ("listen", "Let the running Marvin listen as if its name had been called."),
        ("stop", "Stop what the running Marvin says. It goes on listening."),
        ("mute", "Let the running Marvin not listen."),
        ("unmute", "Let the running Marvin listen again."),
        ("events", "Follow what the running Marvin hears and does, as lines of JSON."),
        ("reload", "Let the running Marvin read models.toml again."),
    ):
        add.command(name, f"control:{name}", text, f"marvin {name}")
