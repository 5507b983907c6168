"""Makes every small checkpoint: `python -m tests.checkpoints FOLDER`."""

import sys
from pathlib import Path

from tests.checkpoints import voices
from tests.checkpoints.chat import make_talkative
from tests.checkpoints.moonshine import make_spoken_moonshine
from tests.checkpoints.spoken_whisper import make_spoken_whisper, say
from tests.checkpoints.whisper import make_whisper


def main(folder: Path) -> None:
    """All of them, each in its own folder."""
    clips = say()
    make_whisper(folder / "whisper-random", multilingual=True)
    make_spoken_whisper(folder / "whisper", clips)
    make_spoken_moonshine(folder / "moonshine", clips)
    make_talkative(folder / "chat", [("Who was Ada?", "She wrote programs. Long ago.")])
    voices.speecht5(folder / "speecht5")
    voices.mms(folder / "mms")
    voices.bark(folder / "bark")
    voices.kokoro(folder / "kokoro")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.checkpoints FOLDER")
    main(Path(sys.argv[1]))
