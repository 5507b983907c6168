"""Mutated models.toml files, through load_config and the skills they define."""

import random
import re
from pathlib import Path

from benchmarks.robustness.mutations import damaged, value
from marvin.config.loading import Loaded, load_config, load_profiles, shipped_path
from marvin.skills.skillset import Skillset

_KEY = re.compile(r"^(# )*(?P<key>\w+) = (?P<value>.*)$")
_HEADER = re.compile(r"^(# )*(?P<header>\[\[?[\w.]+\]\]?)$")
_MORE = """
[skills.lists]
lamp = ["bed light", "office lamp"]
level = ["0..100"]

[[skills.commands]]
sentences = ["(turn|switch) on [the] {lamp}", "dim [the] {lamp} to {level} percent"]
run = ["/bin/true", "{lamp}"]
say = "The {lamp} is on."
timeout_s = 1.0
"""


class ConfigTarget:
    """Mutates the shipped file with all engines' lines."""

    def __init__(self) -> None:
        text = shipped_path().read_text(encoding="utf-8") + _MORE
        self._sections = _sections(text)
        self._keys = [line.partition(" = ")[0] for lines in self._sections for line in lines[1:]]

    def __call__(self, pick: random.Random, folder: Path) -> str:
        path = folder / "models.toml"
        path.write_bytes(self._file(pick))
        loaded = load_config(path, profile=pick.choice((None, None, "embedded", "gpu", "laptop")))
        load_profiles(path)
        return self._skills(loaded, folder)

    def close(self) -> None: ...

    def _skills(self, loaded: Loaded, folder: Path) -> str:
        """Load the skills, which parses the sentences."""
        skills = loaded.config.skills
        if not skills.commands and not skills.lists:
            return "accepted"
        every = tuple(name for name in ("units",) if name not in skills.disabled)
        update = {"state_dir": folder, "disabled": (*skills.disabled, *every)}
        Skillset.load(skills.model_copy(update=update)).patterns()
        return "accepted, with commands"

    def _file(self, pick: random.Random) -> bytes:
        chosen = pick.sample(self._sections, pick.randint(1, 6))
        lines: list[str] = []
        seen: set[str] = set()
        for section in chosen:
            if section[0] in seen and pick.random() < 0.9:
                continue
            seen.add(section[0])
            lines += [section[0], *(one for one in section[1:] if pick.random() < 0.6)]
        for _ in range(pick.randint(0, 4)):
            self._change(lines, pick)
        data = "\n".join(lines).encode()
        return damaged(data, pick) if pick.random() < 0.25 else data

    def _change(self, lines: list[str], pick: random.Random) -> None:
        at = pick.randrange(len(lines))
        key = lines[at].partition(" = ")[0]
        match pick.randrange(6):
            case 0 | 1 if " = " in lines[at]:
                lines[at] = f"{key} = {value(pick)}"
            case 2:
                lines.insert(at + 1, f"{pick.choice(self._keys)} = {value(pick)}")
            case 3:
                lines.insert(at + 1, f"{key[1:].strip('[]') or 'x'} = {value(pick)}")
            case 4:
                del lines[at]
                lines.append(f"profile = {value(pick)}")
            case _:
                lines.insert(at, pick.choice(("[wake.model]", "[x]", "[[stt]]", "[profiles.x.y]")))


def _sections(text: str) -> list[list[str]]:
    """Tables as header and keys, uncommented."""
    sections: list[list[str]] = [[""]]
    for line in text.splitlines():
        if header := _HEADER.match(line):
            sections.append([header["header"]])
        elif key := _KEY.match(line):
            sections[-1].append(f"{key['key']} = {key['value']}")
    return [section for section in sections if len(section) > 1]
