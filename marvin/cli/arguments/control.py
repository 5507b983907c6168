"""Arguments of the commands that control the running daemon."""

from marvin.cli.arguments.adding import Adder


def add_control(add: Adder) -> None:
    status = add.command(
        "status",
        "status:status",
        "Show the state, counters and latencies of the running Marvin.",
        "marvin status --json",
    )
    status.add_argument("--json", action="store_true", help="print JSON")
    for name, text in (
        ("stop", "Stop the current reply, or a ringing timer or alarm."),
        ("mute", "Stop listening, until `marvin unmute`."),
        ("unmute", "Start listening again."),
        ("events", "Print events of the running Marvin as they happen, one JSON object per line."),
        ("reload", "Reload models.toml and your own skills."),
    ):
        add.command(name, f"control:{name}", text, f"marvin {name}")
