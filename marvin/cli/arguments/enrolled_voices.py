"""Arguments of the commands for enrolled voices."""

from pathlib import Path

from marvin.cli.arguments.adding import Adder


def add_voices(add: Adder) -> None:
    voices = add.group("voices", "Enrol the people whose voices Marvin should know.")
    new = voices.command(
        "add",
        "enrolled_voices:add",
        "Enrol a voice from three sentences, or replace it.",
        "marvin voices add Anna",
    )
    new.add_argument("name", metavar="NAME", help="what Marvin calls the person")
    new.add_argument(
        "--from",
        dest="files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="recordings of the person instead of the microphone",
    )
    listed = voices.command(
        "list", "enrolled_voices:show", "List the enrolled voices.", "marvin voices list"
    )
    listed.add_argument("--json", action="store_true", help="print JSON")
    remove = voices.command(
        "remove", "enrolled_voices:remove", "Delete an enrolled voice.", "marvin voices remove Anna"
    )
    remove.add_argument("name", metavar="NAME", help="the enrolled person")
    who = voices.command(
        "who",
        "enrolled_voices:who",
        "Tell whose voice is in recordings.",
        "marvin voices who clip.wav",
    )
    who.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the recordings")
    volume = voices.command(
        "volume",
        "enrolled_voices:volume",
        "Set the volume of replies to a person.",
        "marvin voices volume Anna 40",
    )
    volume.add_argument("name", metavar="NAME", help="the enrolled person")
    volume.add_argument("percent", metavar="PERCENT", help="0 to 100, or `same` as for others")
