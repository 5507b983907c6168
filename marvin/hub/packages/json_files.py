"""Writes the JSON files of a checkpoint."""

import json
from collections.abc import Mapping
from pathlib import Path


def write_json_files(folder: Path, contents: Mapping[str, Mapping[str, object]]) -> None:
    for name, content in contents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
