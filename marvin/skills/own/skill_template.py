"""The file that `marvin skills new` writes."""

import os
import re
from pathlib import Path

from marvin.errors import MarvinError

_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,63}", re.ASCII)

_TEMPLATE = '''"""A skill: Marvin says what the function returns.

`marvin skills test` tests this file, and `marvin reload` puts it into use.
"""

from marvin.skills.own import skill

PLANTS = ["fern", "cactus"]


@skill("(ask|tell) {name} about the {{plant}}", lists={{"plant": PLANTS}})
def answer(plant: str) -> str:
    return f"The {{plant}} is fine."


def test_answer() -> None:
    assert answer("fern") == "The fern is fine."
'''


def write_template(folder: Path, name: str) -> Path:
    """Create the folder, if it is missing, and a file with a skill and its test.

    Raises:
        MarvinError: The name is unfit, or the file exists, or it cannot be written.
    """
    stem = name.removesuffix(".py")
    if not _NAME.fullmatch(stem):
        raise MarvinError(
            f"{name!r} is not a valid name for a skill: use only letters, digits, - and _, as in "
            "`marvin skills new garden`"
        )
    file = folder / f"{stem}.py"
    text = _TEMPLATE.format(name=" ".join(re.split("[-_]+", stem.lower())).strip())
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # Nobody else may write it, whatever the umask; nothing is overwritten.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with open(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        where = file if file.exists() or file.is_symlink() else folder
        raise MarvinError(f"{where} already exists: choose another name") from None
    except OSError as error:
        raise MarvinError(f"{file}: cannot be written: {error.strerror}") from error
    return file
